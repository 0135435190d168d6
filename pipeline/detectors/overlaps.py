"""Which of several detections are the same face."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from pipeline.types import Detection

Floats = NDArray[np.float64]


def without_overlaps(detections: Iterable[Detection], limit: float) -> list[Detection]:
    """The best-scored of detections whose boxes overlap by more than `limit`, by falling score.

    `limit` as in `apart`.
    """
    ordered = sorted(detections, key=lambda one: -one.score)
    boxes = np.array([(one.box.x, one.box.y, one.box.width, one.box.height) for one in ordered], float)
    return [ordered[number] for number in apart(boxes.reshape(-1, 4), limit)]


def apart(boxes: Floats, limit: float) -> list[int]:
    """Greedy non-maximum suppression: the rows of `boxes` that overlap with no kept one before them.

    `boxes`, (n, 4): x, y, width, height, by falling score. `limit` is an intersection over union, 0..1.
    """
    kept: list[int] = []
    rest = np.arange(len(boxes))
    while len(rest):
        best = rest[0]
        kept.append(int(best))
        rest = rest[1:]
        rest = rest[overlaps(boxes[best], boxes[rest]) <= limit]
    return kept


def overlaps(box: Floats, others: Floats) -> Floats:
    """Intersection over union, 0..1, of a box (4,) with each of others (n, 4): x, y, width, height."""
    x, y, width, height = box
    lefts, tops, widths, heights = others.T
    shared = np.maximum(0, np.minimum(x + width, lefts + widths) - np.maximum(x, lefts))
    shared *= np.maximum(0, np.minimum(y + height, tops + heights) - np.maximum(y, tops))
    union: Floats = width * height + widths * heights - shared
    ratio: Floats = np.divide(shared, union, out=np.zeros(len(others)), where=shared > 0)
    return ratio
