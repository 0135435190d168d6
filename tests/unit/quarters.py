"""A picture whose four quarters differ in colour, in every kind of file; and one of noise."""

from __future__ import annotations

import functools

import numpy as np
from PIL import Image as Pillow

from pipeline.types import Image
from tests.fakes import odd_photos
from tests.fakes.odd_photos import encoded

WIDTH, HEIGHT = 96, 64
RED, GREEN, BLUE, YELLOW = (220, 30, 30), (30, 200, 30), (30, 30, 220), (230, 230, 40)
CORNERS = (RED, GREEN, BLUE, YELLOW)  # upper left, upper right, lower left, lower right
GREYS = tuple((round(0.299 * r + 0.587 * g + 0.114 * b),) * 3 for r, g, b in CORNERS)


def quarters() -> Pillow.Image:
    """A picture whose four quarters differ in colour: whichever way it lies, it can be told."""
    pixels = np.empty((HEIGHT, WIDTH, 3), np.uint8)
    pixels[: HEIGHT // 2, : WIDTH // 2], pixels[: HEIGHT // 2, WIDTH // 2 :] = RED, GREEN
    pixels[HEIGHT // 2 :, : WIDTH // 2], pixels[HEIGHT // 2 :, WIDTH // 2 :] = BLUE, YELLOW
    return Pillow.fromarray(pixels)


def noise(side: int = 400) -> Pillow.Image:
    return Pillow.fromarray(np.random.default_rng(1).integers(0, 255, (side, side, 3), np.uint8))


@functools.cache
def noise_as(kind: str) -> bytes:
    return encoded(noise(), "JPEG", progressive=True) if kind == "progressive" else encoded(noise(), kind)


def seen(image: Image) -> list[tuple[int, ...]]:
    """The colours in the middle of each quarter."""
    height, width = image.pixels.shape[:2]
    places = [(y, x) for y in (height // 4, height * 3 // 4) for x in (width // 4, width * 3 // 4)]
    return [tuple(int(level) for level in image.pixels[place]) for place in places]


def shows(image: Image, colours: tuple[tuple[int, ...], ...] = CORNERS, within: int = 3) -> None:
    assert image.pixels.dtype == np.uint8
    assert image.pixels.shape[2] == 3
    np.testing.assert_allclose(seen(image), colours, atol=within)


KINDS = odd_photos.good_kinds(quarters())
LOOSE = {"grey.jpg": GREYS, "sixteen_bits_grey.png": GREYS}
FADED = tuple(tuple(round(level * 200 / 255 + 55) for level in colour) for colour in CORNERS)
