"""Decodes photos: complete, upright, RGB, and no larger than the later steps need."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable
from contextlib import nullcontext

import numpy as np
from PIL import Image as Pillow

from pipeline.errors import UnreadablePhoto
from pipeline.images.colours import to_rgb
from pipeline.images.formats import is_jpeg, too_much_text
from pipeline.images.heif import says_its_turn
from pipeline.images.opening import GALLERY, Limits, memory_needed, open_photo, require
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

_STRIP = 128  # rows

_PART = 4_000_000  # pixels that are brought to RGB at a time, which takes several copies of them

_LARGE = 200_000_000  # bytes
_one_large_at_a_time = threading.RLock()

_END_OF_JPEG = b"\xff\xd9"


def decode(data: bytes, *, target: int | None = None, limits: Limits = GALLERY) -> Image:
    """The photo's pixels, upright RGB.

    `target` is the long side in pixels that the caller needs: the result may be smaller than the photo, but
    not smaller than that; None decodes at full size. What is beyond the limits is refused before any of it
    is decoded. Raises UnreadablePhoto.
    """
    start = time.perf_counter()
    picture, (width, height) = upright(data, target=target, limits=limits)
    pixels = _pixels(picture)
    scale = max(picture.size) / max(width, height)
    return Image(pixels, width, height, scale, time.perf_counter() - start)


def upright(
    data: bytes,
    *,
    target: int | None,
    limits: Limits = GALLERY,
    convert: Callable[[Pillow.Image], Pillow.Image] = to_rgb,
) -> tuple[Pillow.Image, tuple[int, int]]:
    """The photo as a Pillow image in mode RGB, as `decode`, and its full upright (width, height)."""
    photo = open_photo(data)
    width, height = photo.size
    factor = _factor(photo.size, target)
    decoded_by, reduced_by = (factor, 1) if is_jpeg(data) else (1, factor)
    require(photo, decoded_by, limits)
    # Several threads read photos; several of the largest at once could take all memory.
    large = memory_needed(photo, decoded_by) > _LARGE
    with _one_large_at_a_time if large else nullcontext():
        try:
            photo = _load(photo, data, decoded_by, limits)
            if not is_jpeg(data):
                width, height = photo.size  # a TIFF is turned upright while it is loaded
            picture = _reduced(photo, reduced_by, convert)
        except Exception as error:  # damaged files raise whatever their decoder trips over
            raise UnreadablePhoto(_why_not_decoded(error)) from error
    orientation = _orientation(photo, data)
    if orientation in _TURNS:
        picture = picture.transpose(_TURNS[orientation])
    return picture, (height, width) if orientation in _SIDEWAYS else (width, height)


def _load(photo: Pillow.Image, data: bytes, factor: int, limits: Limits) -> Pillow.Image:
    """The photo with its pixels decoded; a JPEG at a half, a quarter or an eighth."""
    _shrink_while_decoding(photo, factor)
    try:
        photo.load()
    except OSError:
        if not (is_jpeg(data) and _lacks_only_its_end_marker(data, limits)):
            raise
        photo = open_photo(_ended(data, b""))
        _shrink_while_decoding(photo, factor)
        photo.load()
    return photo


def _reduced(
    photo: Pillow.Image, factor: int, convert: Callable[[Pillow.Image], Pillow.Image]
) -> Pillow.Image:
    """The loaded photo converted and reduced; a large one part by part, for converting takes copies."""
    plain = photo.mode == "RGB" and factor == 1 and "transparency" not in photo.info
    if plain or photo.width * photo.height <= _PART or photo.mode in ("I", "F"):
        picture = convert(photo)
        return picture.reduce(factor) if factor > 1 else picture
    width, height = photo.size
    rows = max(1, _PART // width // factor) * factor
    whole = Pillow.new("RGB", (-(-width // factor), -(-height // factor)))
    for top in range(0, height, rows):
        part = convert(photo.crop((0, top, width, min(top + rows, height))))
        whole.paste(part.reduce(factor) if factor > 1 else part, (0, top // factor))
    return whole


def _shrink_while_decoding(photo: Pillow.Image, factor: int) -> None:
    if factor > 1:
        photo.draft(None, (max(1, photo.width // factor), max(1, photo.height // factor)))


def _ended(data: bytes, filler: bytes) -> bytes:
    """A JPEG that ends too early, brought to an end with filler in the place of what is missing."""
    return data.rstrip(_END_OF_JPEG[:1]) + filler * 64 + _END_OF_JPEG


def _lacks_only_its_end_marker(data: bytes, limits: Limits) -> bool:
    """Whether a JPEG that ends too early holds every pixel all the same, as some cameras write it.

    It does when it does not matter which bits stand where it ends. Looked at in full size: a reduced picture
    may be complete where the whole is not.
    """
    try:
        return _full_size_digest(_ended(data, b"\x00"), limits) == _full_size_digest(
            _ended(data, b"\x55"), limits
        )
    except (OSError, UnreadablePhoto):
        return False


def _full_size_digest(data: bytes, limits: Limits) -> bytes:
    photo = open_photo(data)
    require(photo, 1, limits)
    digest = hashlib.sha256()
    with _one_large_at_a_time if memory_needed(photo, 1) > _LARGE else nullcontext():
        photo.load()
        for top in range(0, photo.height, _STRIP):
            digest.update(photo.crop((0, top, photo.width, min(top + _STRIP, photo.height))).tobytes())
    return digest.digest()


def _factor(size: tuple[int, int], target: int | None) -> int:
    """The largest power of two, up to 8, by which the long side may shrink and still reach the target."""
    if target is None:
        return 1
    return next((factor for factor in (8, 4, 2) if max(size) >= factor * target), 1)


def _orientation(photo: Pillow.Image, data: bytes) -> int:
    """How the loaded picture lies, 1 to 8 (EXIF); 1 where nothing readable says so."""
    try:
        said = int(photo.getexif().get(_ORIENTATION, 1))
    except Exception:  # noqa: BLE001  (damaged EXIF raises whatever its parser trips over; the picture is fine)
        return 1
    # The HEIF reader turns a picture as HEIF's own boxes say, and strikes out what EXIF says; but some
    # programs write EXIF alone.
    struck_out = photo.info.get("original_orientation")
    if photo.format == "HEIF" and struck_out in _TURNS and not says_its_turn(data):
        return int(struck_out)
    return said


def _why_not_decoded(error: Exception) -> str:
    if isinstance(error, MemoryError):
        return "The photo needs more memory than there is: save a smaller copy of it."
    if text := too_much_text(error):
        return text
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
