"""Every colour mode of photo files, brought to 8-bit RGB."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageCms


def to_rgb(photo: Pillow.Image) -> Pillow.Image:
    """The loaded photo in mode RGB: deep channels scaled down, transparency laid on white."""
    if photo.mode == "RGB" and "transparency" not in photo.info:
        return photo
    if photo.mode.startswith("I") or photo.mode == "F":
        return Pillow.fromarray(_to_8_bits(np.asarray(photo))).convert("RGB")
    if photo.mode == "LAB":
        lab, srgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
        converted = ImageCms.profileToProfile(photo, lab, srgb, outputMode="RGB")
        return photo.convert("RGB") if converted is None else converted
    if photo.has_transparency_data:
        layer = photo.convert("RGBA")
        ground = Pillow.new("RGBA", layer.size, "white")
        return Pillow.alpha_composite(ground, layer).convert("RGB")
    return photo.convert("RGB")


def to_srgb(photo: Pillow.Image) -> Pillow.Image:
    """The loaded photo in mode RGB and, where it carries a colour profile that can be used, in sRGB.

    Phones save in Display P3; without its profile such a photo looks pale.
    """
    profile = photo.info.get("icc_profile")
    source = photo if photo.mode in ("RGB", "CMYK") and "transparency" not in photo.info else to_rgb(photo)
    if not profile:
        return to_rgb(source)
    try:
        converted = ImageCms.profileToProfile(
            source, io.BytesIO(profile), ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except (ImageCms.PyCMSError, OSError, ValueError):  # a damaged profile, or one of another colour space
        return to_rgb(source)
    return to_rgb(source) if converted is None else converted


def _to_8_bits(values: NDArray[Any]) -> NDArray[np.uint8]:
    """Grey levels of any depth as bytes: whole 16-bit numbers by their range, others by what they hold."""
    if values.dtype.kind == "u" and values.dtype.itemsize == 2:
        return _bytes(values >> 8)
    levels = np.nan_to_num(values.astype(np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    low, high = float(levels.min()), float(levels.max())
    if low < 0:
        levels, high = levels - low, high - low
    # The ranges that writers of such files use; beyond them, the brightest value is white.
    white = next((top for top in (1.0, 255.0, 65535.0) if high <= top), high)
    return _bytes(np.clip(levels * (255.0 / white) + 0.5, 0, 255))


def _bytes(levels: NDArray[Any]) -> NDArray[np.uint8]:
    return levels.astype(np.uint8)
