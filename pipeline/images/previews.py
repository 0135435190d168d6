"""Previews: what a reply shows of a photo, made from the pixels that its faces were found in."""

from __future__ import annotations

import io

import cv2
import numpy as np
from PIL import Image as Pillow
from PIL import ImageCms

from pipeline.images.jpeg import web_jpeg
from pipeline.images.opening import open_photo
from pipeline.images.shrinking import shrunk
from pipeline.types import Image, Pixels

PREVIEW_SIDE = 2048
"""Pixels; Slack shows such a picture inline everywhere."""

_QUALITY = 88


def preview(data: bytes, image: Image) -> bytes:
    """The photo as JPEG that may be shown to others, as `web_jpeg`, where its pixels are decoded already.

    A quarter of the time that decoding it again would take. Raises UnreadablePhoto.
    """
    photo = open_photo(data)
    profile = photo.info.get("icc_profile")
    if profile and photo.mode != "RGB":  # its colours were brought to RGB without the profile
        return web_jpeg(data, max_side=PREVIEW_SIDE, quality=_QUALITY)
    pixels = shrunk(image.pixels, PREVIEW_SIDE)
    if profile:
        pixels = _in_srgb(pixels, profile)
    done, encoded = cv2.imencode(
        ".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, _QUALITY]
    )
    return encoded.tobytes() if done else web_jpeg(data, max_side=PREVIEW_SIDE, quality=_QUALITY)


def _in_srgb(pixels: Pixels, profile: bytes) -> Pixels:
    """Phones save in Display P3; without its profile such a photo looks pale."""
    try:
        converted = ImageCms.profileToProfile(
            Pillow.fromarray(pixels),
            io.BytesIO(profile),
            ImageCms.createProfile("sRGB"),
            outputMode="RGB",
        )
    except (ImageCms.PyCMSError, OSError, ValueError):  # a damaged profile, or one of another colour space
        return pixels
    return pixels if converted is None else np.asarray(converted, np.uint8)
