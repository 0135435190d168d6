"""A photo looked at part by part."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from pipeline.detectors.tiles import SHARED, Tiles
from pipeline.types import Box, Image
from tests.boxes import overlap
from tests.fakes.detector import FakeDetector
from tests.fakes.recognizer import Squares

RED = (220, 30, 30)


def photo(*squares: tuple[int, int, int], width: int = 1200, height: int = 800, scale: float = 1.0) -> Image:
    """Squares (x, y, side) on grey, in full-size pixels."""
    pixels = np.full((height, width, 3), 120, np.uint8)
    for x, y, side in squares:
        pixels[y : y + side, x : x + side] = RED
    size = round(width * scale), round(height * scale)
    return Image(
        np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8),
        width,
        height,
        scale,
        0.0,
    )


@pytest.mark.parametrize("scale", [1.0, 0.5])
def test_faces_of_every_part_lie_where_they_are_in_the_photo(scale: float) -> None:
    corners = [(20, 40, 60), (1100, 40, 60), (20, 700, 60), (1100, 700, 60)]
    found = Tiles(Squares(), 600).detect(photo(*corners, scale=scale))
    assert sorted((face.box.x, face.box.y, face.box.width) for face in found) == sorted(corners)


@pytest.mark.parametrize("place", [(560, 360), (540, 40), (40, 380)])
def test_a_face_between_the_parts_counts_once(place: tuple[int, int]) -> None:
    (face,) = Tiles(Squares(), 1200).detect(photo((*place, SHARED - 40)))
    assert overlap(face.box, Box(*place, SHARED - 40, SHARED - 40)) > 0.9


def test_no_part_is_much_larger_than_a_quarter() -> None:
    detector = FakeDetector(lambda _: [])
    Tiles(detector, 1200).detect(photo())
    assert {image.pixels.shape for image in detector.shown} == {(464, 664, 3)}
    assert len(detector.shown) == 4
