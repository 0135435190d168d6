"""Overlapping detections, and the second look, without weights."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.detectors.overlaps import overlaps, without_overlaps
from pipeline.detectors.second_look import SecondLook
from pipeline.types import Box, Detection, Image
from tests.fakes.detector import FakeDetector


def photo(width: int, height: int, scale: float = 1.0) -> Image:
    pixels = np.zeros((round(height * scale), round(width * scale), 3), np.uint8)
    return Image(pixels, width, height, scale, 0.0)


def seen(x: float, y: float, side: float, score: float) -> Detection:
    points = np.array([[x, y]] * 5, np.float32) + side / 2
    return Detection(Box(x, y, side, side), score, points)


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ((0, 0, 10, 10), 1.0),
        ((5, 0, 10, 10), 1 / 3),
        ((10, 0, 10, 10), 0.0),
        ((20, 20, 10, 10), 0.0),
        ((2, 2, 5, 5), 0.25),
        ((3, 3, 0, 0), 0.0),
    ],
)
def test_overlap(other: tuple[float, ...], expected: float) -> None:
    square = (0.0, 0.0, 10.0, 10.0)
    assert overlaps(np.array(square), np.array([other, square])) == pytest.approx([expected, 1.0])


def test_of_overlapping_detections_the_surest_stays() -> None:
    weak, sure, apart = seen(1, 1, 10, 0.5), seen(0, 0, 10, 0.9), seen(30, 0, 10, 0.6)
    assert without_overlaps([weak, apart, sure], 0.3) == [sure, apart]


def looked(candidate: Detection, closer: list[Detection], scale: float = 1.0) -> list[Detection]:
    """What comes of a candidate when the cut-out around it shows these."""
    suggests, judges = FakeDetector(lambda _: [candidate]), FakeDetector(lambda _: closer)
    return SecondLook(suggests, judges).detect(photo(1000, 800, scale))


@pytest.mark.parametrize("scale", [1.0, 0.5])
def test_the_closer_look_gives_box_score_and_landmarks(scale: float) -> None:
    """A box of 100 at (400, 300): the cut-out is 200 wide, from (350, 250), and shown 160 wide."""
    (face,) = looked(seen(400, 300, 100, 0.2), [seen(40, 40, 80, 0.9)], scale)
    assert (face.box.x, face.box.y, face.box.width) == pytest.approx((400, 300, 100))
    assert face.score == 0.9
    assert face.landmarks is not None
    np.testing.assert_allclose(face.landmarks, np.array([[450, 350]] * 5), atol=0.01)


@pytest.mark.parametrize(
    ("second", "third", "believed"),
    [(0.4, 0.0, True), (0.39, 0.5, True), (0.39, 0.49, False), (0.25, 0.9, True), (0.24, 0.9, False)],
)
def test_what_the_second_look_doubts_a_third_one_at_more_pixels_decides(
    second: float, third: float, believed: bool
) -> None:
    """Shown 160 pixels wide, then 224; box and landmarks are the second look's."""
    shown = {160: seen(40, 40, 80, second), 224: seen(50, 60, 100, third)}
    judges = FakeDetector(lambda image: [shown[image.width]])
    found = SecondLook(FakeDetector(lambda _: [seen(400, 300, 100, 0.2)]), judges).detect(photo(1000, 800))
    assert [(face.box.x, face.box.y, face.score) for face in found] == [(400, 300, second)] * believed


@pytest.mark.parametrize(
    "closer",
    [
        [],
        [seen(40, 40, 80, 0.3)],  # too unsure
        [seen(100, 40, 80, 0.9)],  # somebody beside
        [seen(70, 70, 20, 0.9)],  # something much smaller
    ],
)
def test_candidates_that_do_not_hold_up_are_dropped(closer: list[Detection]) -> None:
    assert looked(seen(400, 300, 100, 0.9), closer) == []
