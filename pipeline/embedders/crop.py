"""A face cut out by its box alone, neither turned nor resized: for embedders that resize by themselves."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from pipeline.types import Detection, Image, Pixels


@dataclass(frozen=True, slots=True)
class BoxCrop:
    """Cuts the box out of the photo, as the articles on the Haar cascade do."""

    def __call__(self, image: Image, detection: Detection) -> Pixels:
        """A chip of the box's own size (height, width, 3), uint8, RGB; less where the photo ends.

        At least one pixel, even of a box beside the photo.
        """
        height, width = image.pixels.shape[:2]
        box = detection.box
        left, right = _span(box.x * image.scale, (box.x + box.width) * image.scale, width)
        top, bottom = _span(box.y * image.scale, (box.y + box.height) * image.scale, height)
        return np.ascontiguousarray(image.pixels[top:bottom, left:right])


def _span(start: float, end: float, limit: int) -> tuple[int, int]:
    """Whole pixels from start to end, within 0..limit, at least one."""
    first = min(max(0, math.floor(start + 0.5)), limit - 1)
    return first, max(first + 1, min(limit, math.floor(end + 0.5)))
