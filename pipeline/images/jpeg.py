"""Pixels and photos as JPEG for the web: shrunk, upright, and without any metadata."""

from __future__ import annotations

import io

from PIL import Image as Pillow

from pipeline.images.colours import to_srgb
from pipeline.images.decoding import upright
from pipeline.types import Pixels


def encode_jpeg(image_pixels: Pixels, *, max_side: int = 2048, quality: int = 88) -> bytes:
    """A JPEG of the pixels (height, width, 3), uint8, RGB: at most `max_side` a side, no metadata."""
    return _encode(Pillow.fromarray(image_pixels), max_side, quality)


def web_jpeg(data: bytes, *, max_side: int = 2048, quality: int = 88) -> bytes:
    """A photo's bytes as JPEG that may be shown to others: at most `max_side` a side, upright, in sRGB.

    It carries no metadata, so no place and no owner. Raises UnreadablePhoto.
    """
    picture, _ = upright(data, target=max_side, convert=to_srgb)
    return _encode(picture, max_side, quality)


def _encode(picture: Pillow.Image, max_side: int, quality: int) -> bytes:
    longest = max(picture.size)
    if longest > max_side:
        width, height = (max(1, round(side * max_side / longest)) for side in picture.size)
        picture = picture.resize((width, height), Pillow.Resampling.LANCZOS, reducing_gap=2.0)
    # A fresh image: saving would carry over comments and profiles that the old one remembers.
    bare = Pillow.new("RGB", picture.size)
    bare.paste(picture)
    out = io.BytesIO()
    bare.save(out, "JPEG", quality=quality, optimize=False)
    return out.getvalue()
