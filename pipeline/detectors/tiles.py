"""A large picture looked at part by part, so that a detector's memory stays that of a smaller one."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from pipeline.detectors.overlaps import without_overlaps
from pipeline.images import shrunk
from pipeline.ports import Detector
from pipeline.types import Box, Detection, Image

SHARED = 128
"""Pixels that neighbouring parts have in common: the largest face that is surely whole in one of them."""

OVERLAP = 0.3  # intersection over union above which two boxes are one face


@dataclass(frozen=True, slots=True)
class Tiles:
    """Shows a detector the four quarters of a photo, one after the other."""

    detector: Detector
    long_side: int  # pixels that the whole photo is shrunk to

    def detect(self, image: Image) -> list[Detection]:
        """The faces, by falling score, in pixels of the full-size upright photo."""
        pixels = shrunk(image.pixels, self.long_side)
        height, width = pixels.shape[:2]
        found: list[Detection] = []
        for top, bottom in _halves(height):
            for left, right in _halves(width):
                part = np.ascontiguousarray(pixels[top:bottom, left:right])
                tile = Image(part, right - left, bottom - top, 1.0, 0.0)
                found += [
                    _on_photo(face, left, top, image.width / width) for face in self.detector.detect(tile)
                ]
        return without_overlaps(found, OVERLAP)


def _halves(length: int) -> Iterator[tuple[int, int]]:
    """Two stretches (from, to) of a length, which overlap."""
    half = min(length, math.ceil((length + SHARED) / 2))
    return iter([(0, half), (length - half, length)])


def _on_photo(face: Detection, left: int, top: int, scale: float) -> Detection:
    """A face of a part, in pixels of the full-size photo."""
    box, points = face.box, face.landmarks
    return Detection(
        Box((left + box.x) * scale, (top + box.y) * scale, box.width * scale, box.height * scale),
        face.score,
        None if points is None else (points + np.array([left, top], np.float32)) * np.float32(scale),
    )
