"""Small, dark and blurred copies of labelled portraits."""

from __future__ import annotations

import io
from collections.abc import Iterator

from PIL import Image as Pillow
from PIL import ImageEnhance, ImageFilter

WIDTHS = (28, 36, 48, 64)  # of the face, in pixels
WORSE = ((0.0, 1.0), (0.0, 0.5), (0.6, 0.6), (0.9, 0.6), (1.2, 0.6))
"""Blur (radius for a face of 40 pixels) and brightness."""

EDGE = 80  # pixels of grey around the face, so that it does not fill the photo

Box = list[float]  # x, y, width, height


def copies(portrait: Pillow.Image, box: Box) -> Iterator[tuple[bytes, tuple[float, float]]]:
    """JPEGs of the portrait in each size and quality, with the middle of the face in each."""
    x, y, width, height = box
    middle_x, middle_y, half = x + width / 2, y + height / 2, 1.15 * max(width, height)
    left, top = max(0.0, middle_x - half), max(0.0, middle_y - half)
    right, bottom = min(portrait.width, middle_x + half), min(portrait.height, middle_y + 1.3 * half)
    crop = portrait.crop((round(left), round(top), round(right), round(bottom)))
    for target in WIDTHS:
        scale = target / width
        size = max(8, round(crop.width * scale)), max(8, round(crop.height * scale))
        small = crop.resize(size, Pillow.Resampling.LANCZOS)
        for blur, brightness in WORSE:
            worse = ImageEnhance.Brightness(small).enhance(brightness)
            worse = worse.filter(ImageFilter.GaussianBlur(blur * target / 40)) if blur else worse
            canvas = Pillow.new("RGB", (worse.width + 2 * EDGE, worse.height + 2 * EDGE), (110, 110, 110))
            canvas.paste(worse, (EDGE, EDGE))
            data = io.BytesIO()
            canvas.save(data, "JPEG", quality=85)
            yield data.getvalue(), (EDGE + (middle_x - left) * scale, EDGE + (middle_y - top) * scale)
