"""Opens a photo's header without decoding it, and refuses what takes too much to decode."""

from __future__ import annotations

import functools
import io
import warnings
from dataclasses import dataclass

import pillow_heif
from PIL import Image as Pillow

from pipeline.errors import UnreadablePhoto
from pipeline.images.formats import PILLOW_FORMATS, too_much_text, why_no_photo

MAX_PIXELS = 200_000_000
"""Admits the largest photos that phones take (16320 x 12240), refuses decompression bombs."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much decoding one photo may take. A JPEG counts as what it is reduced to while it is decoded."""

    pixels: int  # decoded
    memory: int  # bytes that the decoder fills at once, as `memory_needed` reckons them


GALLERY = Limits(pixels=MAX_PIXELS, memory=1_000_000_000)
"""For the photos of an event, which its organiser chose."""

PROBE = Limits(pixels=50_000_000, memory=400_000_000)
"""For what anybody may send: what phones take, a few seconds' work, and several at once do no harm."""

_SMALL = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16L": 2, "I;16B": 2, "I;16N": 2}  # bytes a pixel
_OTHERS = 4  # Pillow keeps RGB in four bytes too
_NUMBERS = {"I": 20, "F": 20}  # are scaled as a whole, through arrays of floating point numbers
_TWICE = ("HEIF", "AVIF", "WEBP")  # their decoders hand over a picture of their own, which Pillow copies
_COEFFICIENT = 2  # bytes


def open_photo(data: bytes) -> Pillow.Image:
    """The photo's header; its pixels are decoded by `load()`. Raises UnreadablePhoto."""
    formats = _prepare_pillow()
    try:
        photo = Pillow.open(io.BytesIO(data), formats=formats)
    except Exception as error:  # damaged headers raise whatever their parser trips over
        raise UnreadablePhoto(too_much_text(error) or why_no_photo(data)) from error
    width, height = photo.size
    if width * height > MAX_PIXELS:
        raise _too_large(photo, f"more than the {MAX_PIXELS / 1e6:.0f} million that are read")
    return photo


def require(photo: Pillow.Image, factor: int, limits: Limits) -> None:
    """Raises UnreadablePhoto when decoding the photo, reduced by `factor`, is beyond the limits."""
    if photo.width * photo.height > limits.pixels * factor**2:
        raise _too_large(photo, f"more than the {limits.pixels / 1e6:.0f} million that are read here")
    if memory_needed(photo, factor) > limits.memory:
        raise _too_large(photo, "and is stored in a way that takes too much memory to read")


def memory_needed(photo: Pillow.Image, factor: int) -> int:
    """The bytes that are filled at once while a photo is decoded, reduced by `factor`."""
    pixels = photo.width * photo.height
    each = _NUMBERS.get(photo.mode) or _SMALL.get(photo.mode, _OTHERS)
    needed = pixels * each * (2 if photo.format in _TWICE else 1) // factor**2
    if photo.info.get("progressive"):  # is kept in coefficients until its end, in full size
        needed += int(pixels * _samples(photo) * _COEFFICIENT)
    return needed


def _samples(photo: Pillow.Image) -> float:
    """How many numbers a pixel of a JPEG has; colours at half the resolution count a quarter each."""
    parts = [across * down for _, across, down, _ in getattr(photo, "layer", ())]
    return sum(parts) / max(parts) if parts else len(photo.getbands())


def _too_large(photo: Pillow.Image, why: str) -> UnreadablePhoto:
    return UnreadablePhoto(
        f"The photo has {photo.width} x {photo.height} pixels, {why}: save a smaller copy of it."
    )


@functools.cache
def _prepare_pillow() -> tuple[str, ...]:
    """Sets Pillow up, once and harmlessly twice; returns the formats that it may open."""
    pillow_heif.register_heif_opener()
    Pillow.init()
    Pillow.MAX_IMAGE_PIXELS = None  # open_photo has its own limit, which does not warn of permitted sizes
    warnings.filterwarnings("ignore", module=r"PIL\.")  # odd metadata in a photo is nobody's concern
    return tuple(name for name in PILLOW_FORMATS if name in Pillow.OPEN)
