"""Opens a photo's header without decoding it, and refuses what is too large to decode."""

from __future__ import annotations

import functools
import io
import warnings

import pillow_heif
from PIL import Image as Pillow

from pipeline.errors import UnreadablePhoto
from pipeline.images.formats import PILLOW_FORMATS, why_no_photo

MAX_PIXELS = 200_000_000
"""Admits the largest photos that phones take (16320 x 12240), refuses decompression bombs."""


def open_photo(data: bytes, max_pixels: int) -> Pillow.Image:
    """The photo's header; its pixels are decoded by `load()`. Raises UnreadablePhoto."""
    formats = _prepare_pillow()
    try:
        photo = Pillow.open(io.BytesIO(data), formats=formats)
    except Exception as error:  # damaged headers raise whatever their parser trips over
        raise UnreadablePhoto(why_no_photo(data)) from error
    width, height = photo.size
    if width * height > max_pixels:
        raise UnreadablePhoto(
            f"The photo has {width} x {height} pixels, more than the {max_pixels / 1e6:.0f} million"
            " that are read: save a smaller copy of it."
        )
    return photo


@functools.cache
def _prepare_pillow() -> tuple[str, ...]:
    """Sets Pillow up, once and harmlessly twice; returns the formats that it may open."""
    pillow_heif.register_heif_opener()
    Pillow.init()
    Pillow.MAX_IMAGE_PIXELS = None  # open_photo has its own limit, which does not warn of permitted sizes
    warnings.filterwarnings("ignore", module=r"PIL\.")  # odd metadata in a photo is nobody's concern
    return tuple(name for name in PILLOW_FORMATS if name in Pillow.OPEN)
