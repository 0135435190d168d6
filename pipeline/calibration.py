"""What a distance between two vectors means: match or not, how sure, in numbers and in a word."""

from __future__ import annotations

import math
from dataclasses import dataclass

from pipeline.types import Strength

LEAST, MOST = 0.01, 0.99
"""Confidence stays between these: no distance between two faces proves anything."""


@dataclass(frozen=True, slots=True)
class Quality:
    """What a small or blurred face adds to its distance: it must be nearer to count as much.

    Faces lose what tells them apart, and come nearer to one another, when they are small, or when both of two
    are blurred. The costs never fall as a face gets smaller or less sharp.
    """

    size_cost: float = 0.0  # distance, per halving of the face below `clear_size`
    clear_size: float = 100.0  # longer side of its box, in pixels of the photo
    least_size: float = 30.0  # below it nothing more is added
    blur_cost: float = 0.0  # distance, per halving of the sharpness of the sharper one below `clear`
    clear: float = 2.0  # as pipeline.embedders.align.sharpness
    least: float = 0.5  # below it nothing more is added

    def cost(self, size: float, sharpness: float, other: float) -> float:
        """What is added for a face of this size and sharpness, compared with one of the `other` sharpness."""
        sharper = max(sharpness, other)
        return self.size_cost * _halvings(size, self.least_size, self.clear_size) + (
            self.blur_cost * _halvings(sharper, self.least, self.clear)
        )


@dataclass(frozen=True, slots=True)
class Calibration:
    """How one recognizer's distances are to be read. Distances are plain Euclidean ones."""

    threshold: float  # at most this far apart is a match
    strong: float  # at most this far apart is a strong one; negative: no match ever is
    even: float  # at this distance a match is as likely right as wrong
    steepness: float  # how fast the odds fall: natural logarithm of the odds, per unit of distance
    quality: Quality = Quality()  # what faces of poor quality add to their distance
    expands: bool = False  # whether strong hits may find further ones; see pipeline.ranking

    def confidence(self, distance: float) -> float:
        """The share of right ones among candidates at this distance, 0.01 to 0.99, falling with distance."""
        odds = self.steepness * (self.even - distance)
        share = 1 / (1 + math.exp(-odds)) if odds > -700 else 0.0  # exp(700) is near a float's end
        return min(MOST, max(LEAST, share))

    def strength(self, distance: float) -> Strength:
        """The confidence in one word."""
        return Strength.STRONG if distance <= self.strong else Strength.POSSIBLE


def _halvings(value: float, least: float, clear: float) -> float:
    """How often `clear` must be halved to come to a value: 0 above it, no more than down to `least`."""
    return math.log2(clear / min(clear, max(least, value)))


DLIB = Calibration(
    threshold=0.58,
    strong=0.52,
    even=0.575,
    steepness=70.0,
    quality=Quality(size_cost=0.009, blur_cost=0.015),
    expands=True,
)
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
