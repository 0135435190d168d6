"""Which files are photos: by name, and by their first bytes."""

from __future__ import annotations

import codecs
from pathlib import PurePath

EXTENSIONS = (
    *(".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".png", ".webp", ".gif", ".tif", ".tiff"),
    *(".heic", ".heif", ".hif", ".avif", ".bmp"),
)

PILLOW_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "HEIF", "AVIF", "BMP")
# Nothing else is tried: among Pillow's other readers are some that start other programs (EPS).

_SAVE_ANEW = "convert it to JPEG and try again"

_STRANGERS = (  # offset, first bytes, what it is
    (0, b"%PDF", "a PDF document"),
    (0, b"PK\x03\x04", "a ZIP archive or an office document"),
    (0, b"\x1f\x8b", "a compressed archive"),
    (0, b"Rar!", "a RAR archive"),
    (0, b"7z\xbc\xaf", "a 7-Zip archive"),
    (0, b"8BPS", "a Photoshop document"),
    (0, b"\x1a\x45\xdf\xa3", "a video"),
    (4, b"ftypqt", "a video"),
    (4, b"ftypmp4", "a video"),
    (4, b"ftypisom", "a video"),
    (4, b"ftypM4V", "a video"),
    (4, b"ftyp3gp", "a video"),
    (8, b"AVI ", "a video"),
)

_PHOTOS = (
    (0, b"\xff\xd8\xff"),
    (0, b"\x89PNG\r\n\x1a\n"),
    (8, b"WEBP"),
    (0, b"GIF8"),
    (0, b"II*\0"),
    (0, b"MM\0*"),
    (0, b"BM"),
    (4, b"ftyphei"),
    (4, b"ftyphev"),
    (4, b"ftypmif1"),
    (4, b"ftypmsf1"),
    (4, b"ftypavif"),
    (4, b"ftypavis"),
)


def is_photo_name(name: str) -> bool:
    """Whether a file name ends like a photo's, in any case."""
    return PurePath(name).suffix.lower() in EXTENSIONS


def is_photo(data: bytes) -> bool:
    """Whether the first bytes are those of a kind of photo that can be read."""
    return any(data.startswith(magic, offset) for offset, magic in _PHOTOS)


def is_jpeg(data: bytes) -> bool:
    """Whether the first bytes are a JPEG's."""
    return data.startswith(b"\xff\xd8\xff")


def why_no_photo(data: bytes) -> str:
    """A sentence on what the bytes are, when no photo could be opened from them."""
    if not data:
        return "The file is empty: copy or download the photo again."
    for offset, magic, name in _STRANGERS:
        if data.startswith(magic, offset):
            return f"The file is {name}, not a photo: {_SAVE_ANEW}."
    if is_photo(data):
        return "The photo is cut short, damaged or of a rare kind: copy it again, or convert it to JPEG."
    if not any(data[:4096]):
        return "The file holds nothing but zeros, not a photo: copy or download it again."
    if _is_text(data):
        page = b"<html" in data[:4096].lower() or b"<!doctype html" in data[:4096].lower()
        what = "a web page" if page else "text"
        return f"The file holds {what}, not a photo: download the photo itself."
    return f"The file is no photo of a kind that can be read (JPEG, PNG, HEIC, WebP, ...): {_SAVE_ANEW}."


def too_much_text(error: Exception) -> str | None:
    """A sentence where a PNG's text, or its colour profile, unpacks to more than Pillow takes; else None."""
    if not any(limit in str(error) for limit in ("MAX_TEXT_CHUNK", "MAX_TEXT_MEMORY")):
        return None
    return (
        "The file holds more text beside the picture than a photo has: open it in an image program, and save "
        "it anew."
    )


def _is_text(data: bytes) -> bool:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return True
    try:
        # An incremental decoder forgives a character that the slice cuts in two.
        head = codecs.getincrementaldecoder("utf-8")().decode(data[:4096])
    except UnicodeDecodeError:
        return False
    return all(character >= " " or character in "\t\r\n\f" for character in head)
