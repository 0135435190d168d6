"""Which photos are looked at with more pixels, and what comes of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pipeline import images
from pipeline.closer_look import CloserLook
from pipeline.recognizers import Recognizer
from pipeline.types import Box, Detection, Image, Pixels
from tests.fakes.detector import FakeDetector
from tests.fakes.recognizer import squares

LARGE, SMALL, HIDDEN = Box(0, 0, 400, 400), Box(2000, 1000, 30, 40), Box(3000, 1000, 20, 30)
JPEG = images.encode_jpeg(np.full((3000, 4000, 3), 90, np.uint8), max_side=4000)


def seen(*boxes: Box, score: float = 0.8) -> list[Detection]:
    return [Detection(box, score) for box in boxes]


def photo(width: int, height: int, scale: float = 1.0) -> Image:
    pixels = np.zeros((round(height * scale), round(width * scale), 3), np.uint8)
    return Image(pixels, width, height, scale, 0.0)


@pytest.mark.parametrize(
    ("faces", "image", "pays"),
    [
        ([LARGE], photo(4000, 3000, 0.5), False),
        ([LARGE, SMALL], photo(4000, 3000, 0.5), True),
        ([LARGE, SMALL], photo(3000, 4000, 0.5), True),
        ([SMALL], photo(900, 700), False),  # the look before saw every pixel of it
        ([], photo(900, 700), False),
    ],
)
@pytest.mark.parametrize("where_none", [True, False])
def test_photos_of_small_faces_are(faces: list[Box], image: Image, pays: bool, where_none: bool) -> None:
    look = CloserLook(FakeDetector(lambda _: []), 960, 2880, where_none)
    assert look.pays(image, seen(*faces)) == pays


@pytest.mark.parametrize("where_none", [True, False])
def test_photos_without_a_face_are_where_that_is_wanted(where_none: bool) -> None:
    assert CloserLook(FakeDetector(lambda _: []), 960, 2880, where_none).pays(photo(4000, 3000, 0.5), []) == (
        where_none
    )


def test_the_photo_is_decoded_larger_and_both_looks_count_each_face_once() -> None:
    detector = FakeDetector(lambda _: seen(SMALL, HIDDEN, score=0.9))
    half = images.decode(JPEG, target=2000)
    image, found = CloserLook(detector, 960, 2880, True).taken(JPEG, half, seen(LARGE, SMALL))
    assert half.pixels.shape == (1500, 2000, 3)
    assert image.pixels.shape == (3000, 4000, 3)
    assert detector.shown == [image]
    assert [(face.box, face.score) for face in found] == [(SMALL, 0.9), (HIDDEN, 0.9), (LARGE, 0.8)]


def test_a_photo_that_was_decoded_large_enough_is_not_decoded_again() -> None:
    large = photo(6000, 4000, 0.5)
    look = CloserLook(FakeDetector(lambda _: []), 960, 2880, True)
    assert look.taken(b"not a photo", large, seen(SMALL))[0] is large


def recognizer(first: Box, closer: FakeDetector, closest: FakeDetector, cut: list[float]) -> Recognizer:
    """One that notes the scale of the image that each face is cut out of."""

    def aligner(image: Image, _: Detection) -> Pixels:
        cut.append(image.scale)
        return np.zeros((4, 4, 3), np.uint8)

    return replace(
        squares(),
        detector=FakeDetector(lambda _: seen(first)),
        aligner=aligner,
        decode_target=2000,
        closer_looks=(CloserLook(closer, 960, 2880, True), CloserLook(closest, 1920, 2880, False)),
    )


@pytest.mark.parametrize(
    ("first", "closer", "looks", "scale"),
    [
        (LARGE, HIDDEN, (0, 0), 0.5),
        (Box(0, 0, 90, 90), LARGE, (1, 0), 1.0),  # small for the first look only
        (SMALL, LARGE, (1, 1), 1.0),
    ],
)
def test_a_look_is_taken_where_the_one_before_saw_small_faces(
    first: Box, closer: Box, looks: tuple[int, int], scale: float
) -> None:
    """The faces are cut out of the larger image; the image that is handed on, for the preview, stays."""
    cut: list[float] = []
    detectors = FakeDetector(lambda _: seen(closer)), FakeDetector(lambda _: [])
    image, faces = recognizer(first, *detectors, cut).read(JPEG)
    assert tuple(len(detector.shown) for detector in detectors) == looks
    assert image.scale == 0.5
    assert set(cut) == {scale}
    assert len(faces) == len(cut) > 0
