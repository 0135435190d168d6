"""How distances between vectors of length one are read where nobody has measured them: assumptions."""

from __future__ import annotations

from pipeline.calibration import Calibration

USUAL = 1.095
"""Threshold for models after ArcFace when none is given: a cosine of 0.40.

InsightFace's server takes .408 for its own, at one false accept in a million pairs.
"""

GENTLE = 8.0  # steepness: a distance half-way to the threshold is not called surer than it is known to be
STRONG_SHARE = 0.9  # of a given threshold: where `strong` ends, as in dlib's measured calibration
STEEP_SHARE = 40.0  # steepness times threshold: dlib's measured one, carried over

SFACE = Calibration(threshold=1.128, strong=-1.0, even=1.0, steepness=GENTLE)
"""OpenCV's threshold for SFace, a cosine of 0.363, which it gives for pairs of photos (LFW).

An event holds thousands of strangers' faces, where a threshold for pairs is generous, and the weights could
not be had where this was written; so every match is a possible one, never a strong one.
"""


def own(threshold: float | None) -> Calibration:
    """For a model of one's own; without a threshold every match is a possible one, never a strong one."""
    if threshold is None:
        return Calibration(threshold=USUAL, strong=-1.0, even=USUAL - 0.1, steepness=GENTLE)
    return Calibration(
        threshold=threshold,
        strong=STRONG_SHARE * threshold,
        even=threshold,
        steepness=STEEP_SHARE / max(threshold, 0.01),
    )
