"""Which of several detections are the same face."""

from __future__ import annotations

from collections.abc import Iterable

from pipeline.types import Box, Detection


def without_overlaps(detections: Iterable[Detection], limit: float) -> list[Detection]:
    """Greedy non-maximum suppression: the best-scored of detections whose boxes overlap by more than `limit`.

    `limit` is an intersection over union, 0..1. The result is ordered by falling score.
    """
    kept: list[Detection] = []
    for detection in sorted(detections, key=lambda one: -one.score):
        if all(overlap(detection.box, other.box) <= limit for other in kept):
            kept.append(detection)
    return kept


def overlap(one: Box, other: Box) -> float:
    """Intersection over union of two boxes, 0..1."""
    width = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
    height = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
    if width <= 0 or height <= 0:
        return 0.0
    shared = width * height
    return shared / (one.area + other.area - shared)
