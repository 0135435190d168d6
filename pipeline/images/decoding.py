"""Decodes photos: complete, upright, RGB, and no larger than the later steps need."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from PIL import Image as Pillow

from pipeline.errors import UnreadablePhoto
from pipeline.images.colours import to_rgb
from pipeline.images.formats import is_jpeg
from pipeline.images.opening import MAX_PIXELS, open_photo
from pipeline.types import Image, Pixels

_ORIENTATION = 0x0112  # the EXIF tag

_TURNS = {  # EXIF orientation: what brings the stored picture upright
    2: Pillow.Transpose.FLIP_LEFT_RIGHT,
    3: Pillow.Transpose.ROTATE_180,
    4: Pillow.Transpose.FLIP_TOP_BOTTOM,
    5: Pillow.Transpose.TRANSPOSE,
    6: Pillow.Transpose.ROTATE_270,
    7: Pillow.Transpose.TRANSVERSE,
    8: Pillow.Transpose.ROTATE_90,
}

_SIDEWAYS = (5, 6, 7, 8)

_CUT_SHORT = ("truncated", "end of file", "unexpected end", "eof")  # in the decoders' own messages

_STRIP = 32  # rows

_END_OF_JPEG = b"\xff\xd9"


def decode(data: bytes, *, target: int | None = None, max_pixels: int = MAX_PIXELS) -> Image:
    """The photo's pixels, upright RGB.

    `target` is the long side in pixels that the caller needs: the result may be smaller than the photo, but
    not smaller than that; None decodes at full size. More than `max_pixels` are refused before any is
    decoded. Raises UnreadablePhoto.
    """
    start = time.perf_counter()
    picture, (width, height) = upright(data, target=target, max_pixels=max_pixels)
    pixels = _pixels(picture)
    scale = max(picture.size) / max(width, height)
    return Image(pixels, width, height, scale, time.perf_counter() - start)


def upright(
    data: bytes,
    *,
    target: int | None,
    max_pixels: int = MAX_PIXELS,
    convert: Callable[[Pillow.Image], Pillow.Image] = to_rgb,
) -> tuple[Pillow.Image, tuple[int, int]]:
    """The photo as a Pillow image in mode RGB, as `decode`, and its full upright (width, height)."""
    photo = open_photo(data, max_pixels)
    width, height = photo.size
    try:
        photo = _load(photo, data, target)
        whole = photo.size
        picture = convert(photo)
    except Exception as error:  # damaged files raise whatever their decoder trips over
        raise UnreadablePhoto(_why_not_decoded(error)) from error
    if not is_jpeg(data):
        width, height = whole  # a TIFF is turned upright while it is loaded
        factor = _factor(whole, target)
        picture = picture.reduce(factor) if factor > 1 else picture
    orientation = _orientation(photo)
    if orientation in _TURNS:
        picture = picture.transpose(_TURNS[orientation])
    return picture, (height, width) if orientation in _SIDEWAYS else (width, height)


def _load(photo: Pillow.Image, data: bytes, target: int | None) -> Pillow.Image:
    """The photo with its pixels decoded; JPEGs at a half, a quarter or an eighth where that is enough."""
    factor = _factor(photo.size, target) if is_jpeg(data) else 1
    _shrink_while_decoding(photo, factor)
    try:
        photo.load()
    except OSError:
        if not (is_jpeg(data) and _lacks_only_its_end_marker(data)):
            raise
        photo = open_photo(_ended(data, b""), MAX_PIXELS)
        _shrink_while_decoding(photo, factor)
        photo.load()
    return photo


def _shrink_while_decoding(photo: Pillow.Image, factor: int) -> None:
    if factor > 1:
        photo.draft(None, (max(1, photo.width // factor), max(1, photo.height // factor)))


def _ended(data: bytes, filler: bytes) -> bytes:
    """A JPEG that ends too early, brought to an end with filler in the place of what is missing."""
    return data.rstrip(_END_OF_JPEG[:1]) + filler * 64 + _END_OF_JPEG


def _lacks_only_its_end_marker(data: bytes) -> bool:
    """Whether a JPEG that ends too early holds every pixel all the same, as some cameras write it.

    It does when it does not matter which bits stand where it ends. Looked at in full size: a reduced picture
    may be complete where the whole is not.
    """
    try:
        pictures = [open_photo(_ended(data, filler), MAX_PIXELS).tobytes() for filler in (b"\x00", b"\x55")]
    except OSError:
        return False
    return pictures[0] == pictures[1]


def _factor(size: tuple[int, int], target: int | None) -> int:
    """The largest power of two, up to 8, by which the long side may shrink and still reach the target."""
    if target is None:
        return 1
    return next((factor for factor in (8, 4, 2) if max(size) >= factor * target), 1)


def _orientation(photo: Pillow.Image) -> int:
    """How the picture lies in its file, 1 to 8 (EXIF); 1 where nothing readable says so."""
    try:
        return int(photo.getexif().get(_ORIENTATION, 1))
    except Exception:  # noqa: BLE001  (damaged EXIF raises whatever its parser trips over; the picture is fine)
        return 1


def _why_not_decoded(error: Exception) -> str:
    if isinstance(error, MemoryError):
        return "The photo needs more memory than there is: save a smaller copy of it."
    if isinstance(error, EOFError) or any(word in str(error).lower() for word in _CUT_SHORT):
        return "The photo is cut short: the end of the file is missing. Copy or download it again."
    return "The photo is damaged and cannot be decoded: copy or download it again."


def _pixels(picture: Pillow.Image) -> Pixels:
    """The array of a Pillow image. Strip by strip, which stays in the cache and takes half the time."""
    width, height = picture.size
    pixels = np.empty((height, width, 3), np.uint8)
    for top in range(0, height, _STRIP):
        bottom = min(top + _STRIP, height)
        pixels[top:bottom] = np.asarray(picture.crop((0, top, width, bottom)))
    return pixels
