"""What a distance between two vectors means: match or not, how sure, in numbers and in a word."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from pipeline.likeness import Likeness
from pipeline.types import Strength

LEAST, MOST = 0.01, 0.99
"""Confidence stays between these: no distance between two faces proves anything."""

UNMEASURED = 0.7
"""Confidence stays below this where nobody has measured what a distance means."""

FEW = 5_000
"""Faces among which the threshold holds; among more, there are more strangers that are near by chance."""

TINY = 32.0
"""Longer side of the largest face searched with, in pixels, below which no match is strong by any recognizer.

Of the portraits of the people for tuning, as pictures 64 pixels wide (faces of 34), .94 of the genuine pairs
are within dlib's threshold, at 48 pixels (26) .87, and strangers come nearer from there on.
"""

MOST_EXPANDED = 20_000
"""Faces among which strong hits find what the probe does not; among more they only sort out.

Looking at every face a second time would double the time that people wait.
"""


@dataclass(frozen=True, slots=True)
class Quality:
    """What small or blurred faces add to their distance: they must be nearer to count as much.

    Faces lose what tells them apart, and come nearer to one another, when one is small, be it the gallery's
    or the one searched with, or when both are blurred. The costs never fall as a face gets smaller or less
    sharp.
    """

    size_cost: float = 0.0  # distance, per halving of the face below `clear_size`
    clear_size: float = 100.0  # longer side of its box, in pixels of the photo
    least_size: float = 30.0  # below it nothing more is added
    blur_cost: float = 0.0  # distance, per halving of the sharpness of the sharper one below `clear`
    clear: float = 2.0  # as pipeline.embedders.align.sharpness
    least: float = 0.5  # below it nothing more is added
    probe_cost: float = 0.0  # distance, per halving of the person's largest face below `clear_probe`
    clear_probe: float = 60.0  # as clear_size
    least_probe: float = 12.0  # below it nothing more is added

    def cost(self, size: float, sharpness: float, person: Likeness) -> float:
        """What is added for a face of this size and sharpness that is compared with the person's."""
        sharper = max(sharpness, person.sharpness)
        return (
            self.size_cost * _halvings(size, self.least_size, self.clear_size)
            + self.blur_cost * _halvings(sharper, self.least, self.clear)
            + self.probe_cost * _halvings(person.size, self.least_probe, self.clear_probe)
        )


@dataclass(frozen=True, slots=True)
class Calibration:
    """How one recognizer's distances are to be read. Distances are plain Euclidean ones."""

    threshold: float  # at most this far apart is a match
    strong: float  # at most this far apart is a strong one; negative: no match ever is
    even: float  # at this distance a match is as likely right as wrong
    steepness: float  # how fast the odds fall: natural logarithm of the odds, per unit of distance
    quality: Quality = Quality()  # what faces of poor quality add to their distance
    gain: float = 0.0  # what two and more faces of a person take off the distance from all of them
    expands: bool = False  # whether strong hits help; see pipeline.ranking
    together: float = math.inf  # the threshold from probe and strong hits together, where it is stricter
    crowd_cost: float = 0.0  # how much stricter for each doubling of the faces beyond FEW
    finds_more: bool = True  # whether strong hits find what the probe does not
    most: float = MOST  # the confidence of the nearest faces; UNMEASURED where the curve is an assumption

    def among(self, faces: int) -> Calibration:
        """As it is to be used in a gallery of so many faces."""
        doublings = math.log2(max(faces, FEW) / FEW)
        together = self.threshold - self.crowd_cost * doublings
        return replace(self, together=together, finds_more=faces <= MOST_EXPANDED)

    def confidence(self, distance: float) -> float:
        """The share of right ones among candidates at this distance, LEAST to `most`; falls with distance."""
        odds = self.steepness * (self.even - distance)
        share = 1 / (1 + math.exp(-odds)) if odds > -700 else 0.0  # exp(700) is near a float's end
        return min(self.most, max(LEAST, share))

    def strength(self, distance: float, size: float = math.inf) -> Strength:
        """The confidence in one word; `size`: of the largest face searched with, in pixels."""
        return Strength.STRONG if distance <= self.strong and size >= TINY else Strength.POSSIBLE


def _halvings(value: float, least: float, clear: float) -> float:
    """How often `clear` must be halved to come to a value: 0 above it, no more than down to `least`."""
    return math.log2(clear / min(clear, max(least, value)))


DLIB = Calibration(
    threshold=0.58,
    strong=0.52,
    even=0.572,
    steepness=65.0,
    quality=Quality(size_cost=0.009, blur_cost=0.015, probe_cost=0.015),
    gain=0.01,
    expands=True,
    crowd_cost=0.01,
)
"""For dlib-2, from seven people of the labelled photos; see docs/accuracy.md.

One candidate face in fifty is assumed to show the probe's person. Even odds and steepness stand in the middle
of what benchmarks/calibrate.py says of a portrait and any face (0.586, 70) and of any two (0.558, 59), for
not every picture that is searched with is a clear portrait. Of a portrait and any face, the threshold accepts
two or three impostor pairs in ten thousand before costs are added. Those: benchmarks/calibrate.py (size),
benchmarks/small_probes.py and benchmarks/blurred_probes.py.
"""

CLIP = Calibration(threshold=10.0, strong=-1.0, even=8.0, steepness=0.5, most=UNMEASURED)
"""Not calibrated: these figures are assumptions.

imgbeddings' vectors are 768 numbers that are not normalised; behind a layer normalisation their length is
near the root of 768, about 27. Two of them 10 apart then have a cosine near .93, which is taken as the
limit. The weights could not be had where this was written, and CLIP tells scenes apart rather than people;
so every match is a possible one, never a strong one, and none is surer than UNMEASURED.
"""
