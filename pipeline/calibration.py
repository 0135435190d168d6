"""What a distance between two vectors means: match or not, how sure, in numbers and in a word."""

from __future__ import annotations

import math
from dataclasses import dataclass

from pipeline.types import Strength

LEAST, MOST = 0.01, 0.99
"""Confidence stays between these: no distance between two faces proves anything."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """How one recognizer's distances are to be read. Distances are plain Euclidean ones."""

    threshold: float  # at most this far apart is a match
    strong: float  # at most this far apart is a strong one; negative: no match ever is
    even: float  # at this distance a match is as likely right as wrong
    steepness: float  # how fast the odds fall: natural logarithm of the odds, per unit of distance

    def confidence(self, distance: float) -> float:
        """The share of right ones among candidates at this distance, 0.01 to 0.99, falling with distance."""
        odds = self.steepness * (self.even - distance)
        share = 1 / (1 + math.exp(-odds)) if odds > -700 else 0.0  # exp(700) is near a float's end
        return min(MOST, max(LEAST, share))

    def strength(self, distance: float) -> Strength:
        """The confidence in one word."""
        return Strength.STRONG if distance <= self.strong else Strength.POSSIBLE


DLIB = Calibration(threshold=0.58, strong=0.52, even=0.575, steepness=70.0)
"""Measured on 90 photos of 13 people (305 genuine and 3700 impostor pairs) by benchmarks/calibrate.py.

It assumes that one candidate face in fifty shows the probe's person, and gives even = 0.573, steepness =
71.5. Other people confirm it: among 242 photos of 39, one impostor pair in a thousand is within 0.608, one
in ten thousand within 0.569, which puts even odds at 0.578. The threshold stands between those two, because
an event holds thousands of strangers' faces: 98 % of genuine pairs are within it, and about two impostor
pairs in ten thousand. Within `strong`, 90 % and fewer than one in a hundred thousand.
"""

CLIP = Calibration(threshold=10.0, strong=-1.0, even=8.0, steepness=0.5)
"""Not calibrated: these figures are assumptions.

imgbeddings' vectors are 768 numbers that are not normalised; behind a layer normalisation their length is
near the root of 768, about 27. Two of them 10 apart then have a cosine near .93, which is taken as the
limit. The weights could not be had where this was written, and CLIP tells scenes apart rather than people;
so every match is a possible one, never a strong one.
"""
