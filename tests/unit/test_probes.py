"""Which face a probe means, and where it is, with a detector that finds what it is told to."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.errors import NoFaceFound
from pipeline.probes import GREY, find_faces, most_relevant
from pipeline.types import Box, Detection, Image
from tests.fakes.detector import FakeDetector


def photo(width: int, height: int) -> Image:
    return Image(np.zeros((height, width, 3), np.uint8), width, height, 1.0, 0.0)


def face(x: float, y: float, side: float, score: float = 0.9) -> Detection:
    return Detection(Box(x, y, side, side), score, np.array([[x, y]] * 5, np.float32))


def edge_of(shown: Image) -> int:
    """Width of the grey edge, in full-size pixels of a black photo."""
    row = shown.pixels[shown.pixels.shape[0] // 2, :, 0]
    return round(int(np.argmax(row != GREY[0])) / shown.pixels.shape[1] * shown.width)


def always(box: Box, score: float) -> FakeDetector:
    """Finds the same face of the unpadded photo in each view, in the view's own pixels."""
    return FakeDetector(
        lambda shown: [face(box.x + edge_of(shown), box.y + edge_of(shown), box.width, score)]
    )


def test_the_larger_face_is_meant() -> None:
    small, large = face(400, 300, 100), face(0, 0, 300)
    assert most_relevant([small, large], photo(900, 700)) is large


def test_of_equal_faces_the_one_in_the_middle_is_meant() -> None:
    middle, corner = face(400, 300, 100), face(0, 0, 100)
    assert most_relevant([corner, middle], photo(900, 700)) is middle


def test_a_doubtful_face_is_not_meant() -> None:
    doubtful, sure = face(420, 300, 120, score=0.45), face(300, 300, 100, score=0.95)
    assert most_relevant([doubtful, sure], photo(900, 700)) is sure


@pytest.mark.parametrize("size", [(24, 24), (512, 512), (1024, 1024), (3000, 2000)])
def test_the_box_is_in_the_photos_own_pixels_and_counted_once(size: tuple[int, int]) -> None:
    side = size[1] * 0.8
    box = Box(size[0] * 0.2, size[1] * 0.1, side, side)
    (found,) = find_faces(photo(*size), always(box, 0.9))
    assert found.box.x == pytest.approx(box.x, abs=0.02 * side)
    assert found.box.y == pytest.approx(box.y, abs=0.02 * side)
    assert found.landmarks is not None
    assert found.landmarks[0] == pytest.approx([box.x, box.y], abs=0.02 * side)


def test_a_glance_is_enough_for_a_portrait() -> None:
    detector = always(Box(100, 100, 400, 400), 0.9)
    (found,) = find_faces(photo(1000, 1000), detector)
    assert [shown.pixels.shape[:2] for shown in detector.shown] == [(320, 320)]
    assert found.box.width == 400


@pytest.mark.parametrize(("side", "score"), [(340, 0.9), (400, 0.6)])
def test_a_small_or_doubtful_face_is_looked_at_larger(side: float, score: float) -> None:
    detector = always(Box(100, 100, side, side), score)
    find_faces(photo(1000, 1000), detector)
    assert [shown.width for shown in detector.shown][:3] == [2000, 2000, 1000]  # with an edge, and without


def test_a_photo_of_two_is_looked_at_larger() -> None:
    def both(shown: Image) -> list[Detection]:
        edge = edge_of(shown)
        return [face(edge + 100, edge + 100, 400), face(edge + 600, edge + 200, 130)]

    detector = FakeDetector(both)
    assert len(find_faces(photo(1000, 1000), detector)) == 2
    assert len(detector.shown) == 3


def test_more_is_tried_when_nothing_is_sure() -> None:
    sure, unsure = always(Box(10, 10, 80, 80), 0.9), always(Box(10, 10, 80, 80), 0.5)
    find_faces(photo(100, 100), sure)
    find_faces(photo(100, 100), unsure)
    assert len(unsure.shown) > len(sure.shown)


def test_what_is_found_in_the_edge_does_not_count() -> None:
    with pytest.raises(NoFaceFound):
        find_faces(photo(100, 100), FakeDetector(lambda shown: [face(0, 0, 20)] if edge_of(shown) else []))


def test_no_face_is_said_in_a_sentence() -> None:
    with pytest.raises(NoFaceFound, match="No face was found"):
        find_faces(photo(100, 100), FakeDetector(lambda _: []))
