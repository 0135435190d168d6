"""Photos as files: their bytes become upright RGB pixels, and pixels become JPEG again.

Reads JPEG (and the MPO of phones), PNG, WebP, GIF and other animations (their first frame), TIFF, HEIC, AVIF
and BMP. Whatever cannot be read raises UnreadablePhoto with a sentence that says what is wrong.
"""

from __future__ import annotations

from pipeline.images.decoding import decode
from pipeline.images.formats import is_photo, is_photo_name
from pipeline.images.jpeg import encode_jpeg, web_jpeg
from pipeline.images.opening import GALLERY, MAX_PIXELS, PROBE, Limits
from pipeline.images.previews import PREVIEW_SIDE, preview
from pipeline.images.shrinking import shrunk

__all__ = [
    "GALLERY",
    "MAX_PIXELS",
    "PREVIEW_SIDE",
    "PROBE",
    "Limits",
    "decode",
    "encode_jpeg",
    "is_photo",
    "is_photo_name",
    "preview",
    "shrunk",
    "web_jpeg",
]
