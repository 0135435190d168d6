"""Which photos are decoded once more, larger, and what comes of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pipeline import images
from pipeline.closest_look import ClosestLook
from pipeline.types import Box, Detection, Image
from tests.fakes.detector import FakeDetector
from tests.fakes.recognizer import squares

LARGE, SMALL, HIDDEN = Box(0, 0, 300, 300), Box(2000, 1000, 30, 40), Box(3000, 1000, 20, 30)
COLOURS = np.arange(3000 * 4000 * 3, dtype=np.uint32).reshape(3000, 4000, 3).astype(np.uint8)


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
        ([], photo(4000, 3000, 0.5), False),  # the looks before this one see no face to be small
        ([SMALL], photo(1900, 1400), False),  # they saw every pixel
    ],
)
def test_photos_of_very_small_faces_are(faces: list[Box], image: Image, pays: bool) -> None:
    assert ClosestLook(FakeDetector(lambda _: []), 2880).pays(image, seen(*faces)) == pays


def test_the_photo_is_decoded_larger_and_both_looks_count() -> None:
    shown: list[Image] = []
    detector = FakeDetector(lambda image: (shown.append(image), seen(SMALL, HIDDEN, score=0.9))[1])
    data = images.encode_jpeg(COLOURS, max_side=4000)
    half = images.decode(data, target=2000)
    image, found = ClosestLook(detector, 2880).taken(data, half, seen(LARGE, SMALL))
    assert half.pixels.shape == (1500, 2000, 3)
    assert image.pixels.shape == (3000, 4000, 3)
    assert shown == [image]
    assert [(face.box, face.score) for face in found] == [(SMALL, 0.9), (HIDDEN, 0.9), (LARGE, 0.8)]


def test_a_photo_that_was_decoded_large_enough_is_not_decoded_again() -> None:
    large = photo(6000, 4000, 0.5)
    image, _ = ClosestLook(FakeDetector(lambda _: []), 2880).taken(b"not a photo", large, seen(SMALL))
    assert image is large


@pytest.mark.parametrize(("box", "scale"), [(LARGE, 0.5), (SMALL, 1.0)])
def test_small_faces_are_cut_out_of_the_larger_photo_and_the_preview_stays(box: Box, scale: float) -> None:
    cut: list[float] = []

    def aligner(image: Image, _: Detection) -> np.ndarray:
        cut.append(image.scale)
        return np.zeros((4, 4, 3), np.uint8)

    recognizer = replace(
        squares(),
        detector=FakeDetector(lambda _: seen(box)),
        aligner=aligner,
        decode_target=2000,
        closest_look=ClosestLook(FakeDetector(lambda _: []), 2880),
    )
    image, (face,) = recognizer.read(images.encode_jpeg(COLOURS, max_side=4000))
    assert image.scale == 0.5
    assert face.box == box
    assert cut == [scale]
