"""What several photos of one person say together, as one point with a spread: pure arithmetic."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.types import Vector

SAME = 1e-3
"""Euclidean distance within which two vectors are of one picture: it says no more when it is given twice."""


@dataclass(frozen=True, slots=True, eq=False)
class Likeness:
    """Faces of one person. How far another face is from them is the root of the mean squared distance.

    Unlike the distance to their mean, that one does not shrink for strangers when faces are added, so one
    threshold serves any number of them: with three photos instead of one, 4 % more of the genuine pairs are
    within 0.58, and a quarter to a half of the strangers that were.
    """

    mean: Vector
    spread: float  # mean squared distance of the faces from their mean
    sharpness: float  # of the sharpest
    size: float  # of the largest: longer side of its box, in pixels
    gain: float = 0.0  # taken off the distance, as several faces tell strangers better than one does

    @classmethod
    def of(
        cls, vectors: Sequence[Vector], sharpness: float = 0.0, size: float = 0.0, gain: float = 0.0
    ) -> Likeness:
        """The likeness of at least one face; `gain` is that of two and more. The same picture counts once."""
        faces = _different(np.stack(vectors).astype(np.float64))
        mean = faces.mean(axis=0)
        spread = float(((faces - mean) ** 2).sum(axis=1).mean())
        return cls(mean.astype(np.float32), spread, sharpness, size, gain if len(faces) > 1 else 0.0)

    def distance(self, from_mean: float) -> float:
        """How far a face is from the likeness, by its distance from the mean."""
        return max(0.0, math.hypot(from_mean, math.sqrt(self.spread)) - self.gain)

    def reach(self, distance: float) -> float:
        """The largest distance from the mean at which a face is within `distance`; negative: none is."""
        if not self.spread:
            return distance + self.gain
        rest = (distance + self.gain) ** 2 - self.spread
        return math.sqrt(rest) if rest >= 0 else -1.0


def _different(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """The vectors without those of a picture that is there already, in their order."""
    kept: list[NDArray[np.float64]] = []
    for vector in vectors:
        if all(((vector - other) ** 2).sum() > SAME**2 for other in kept):
            kept.append(vector)
    return np.stack(kept)
