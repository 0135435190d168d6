"""How distances between vectors of length one are read: as measured, or by assumption."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.calibration import UNMEASURED, Calibration

USUAL = 1.095
"""Threshold for models after ArcFace when none is given: a cosine of 0.40.

InsightFace's server takes .408 for its own, at one false accept in a million pairs.
"""

GENTLE = 8.0  # steepness: a distance half-way to the threshold is not called surer than it is known to be
NEVER = -1.0  # as `strong`: no match is a strong one

SFACE = Calibration(threshold=1.128, strong=NEVER, even=1.0, steepness=GENTLE, most=UNMEASURED)
"""OpenCV's threshold for SFace, a cosine of 0.363, which it gives for pairs of photos (LFW).

An event holds thousands of strangers' faces, where a threshold for pairs is generous, and the weights could
not be had where this was written; so every match is a possible one, never a strong one, and none is surer
than UNMEASURED.
"""


@dataclass(frozen=True, slots=True)
class Curve:
    """A measured one, in the words of Calibration."""

    even: float
    steepness: float


def own(threshold: float | None, strong: float | None = None, curve: Curve | None = None) -> Calibration:
    """For a model of one's own; None: not given.

    Without `strong` every match is a possible one; without a curve none is surer than UNMEASURED.
    """
    bar, even = (USUAL, USUAL - 0.1) if threshold is None else (threshold, threshold)
    most_strong = NEVER if strong is None else strong
    if curve is None:
        return Calibration(bar, most_strong, even=even, steepness=GENTLE, most=UNMEASURED)
    return Calibration(bar, most_strong, even=curve.even, steepness=curve.steepness)
