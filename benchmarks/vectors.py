"""Vectors that lie about like the default recognizer's, for measuring searches among very many faces.

On labelled portraits (13 people, 90 faces) two faces of one person are .42 ± .07 apart, of two people
.82 ± .08, and the spread of the latter is that of some fifty dimensions rather than of 128. So a person is a
point drawn from a normal distribution whose variance falls from axis to axis, and a face is the person's
point moved by a normal step, longer for a bad photo than for a good one. What an index makes of real faces
depends on just these two: how far apart they are, and in how many dimensions. `python -m benchmarks.vectors`
prints what came of it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

DIMENSIONS = 128
GENUINE = 0.424  # mean distance between two faces of one person
IMPOSTOR = 0.822  # of two people
BETWEEN_AXES = 45.0  # along how many axes people differ
WITHIN_AXES = 33.0  # along how many axes the faces of one person differ
UNEVEN = 0.15  # spread of the logarithm of the step's length: photos are better and worse
OFFSET = 1.31  # all vectors lie about a point that far from the origin

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Crowd:
    """Faces of people, in random order."""

    embeddings: Floats  # (faces, DIMENSIONS)
    people: NDArray[np.int64]  # (faces,) whose face it is


class Humanity:
    """Where people come from: the same seed gives the same people, however many are asked for."""

    def __init__(self, seed: int = 11) -> None:
        self._random = np.random.default_rng(seed)
        within = GENUINE**2 / 2 / np.exp(2 * UNEVEN**2)
        between = IMPOSTOR**2 / 2 - GENUINE**2 / 2
        self._axes = _rotation(self._random)
        self._between = np.sqrt(between * _shares(BETWEEN_AXES)).astype(np.float32)
        self._within = np.sqrt(within * _shares(WITHIN_AXES)).astype(np.float32)
        self._turned = _rotation(self._random)
        self._offset = OFFSET * self._axes[0]

    def people(self, count: int) -> Floats:
        """The points of so many new people, (count, DIMENSIONS)."""
        drawn = self._random.standard_normal((count, DIMENSIONS), dtype=np.float32)
        points: Floats = (drawn * self._between) @ self._axes + self._offset
        return points

    def faces(self, points: Floats) -> Floats:
        """A new face at each point."""
        steps = self._random.standard_normal(points.shape, dtype=np.float32) * self._within
        length = np.exp(UNEVEN * self._random.standard_normal((len(points), 1), dtype=np.float32))
        faces: Floats = points + (steps * length) @ self._turned
        return faces

    def crowd(self, faces: int, each: int = 40) -> tuple[Floats, Crowd]:
        """So many faces of people who are seen `each` times on average, some far more often than others.

        With the points of those people.
        """
        points = self.people(max(1, faces // each))
        popularity = self._random.lognormal(0.0, 0.8, len(points))
        people = self._random.choice(len(points), faces, p=popularity / popularity.sum())
        return points, Crowd(self.faces(points[people]), people)


def _shares(axes: float) -> NDArray[np.float64]:
    """Exponentially falling shares of the variance, one an axis, whose participation ratio is `axes`."""
    # Of an endless exponential the ratio is twice its length; that of one cut at 128 is found by bisection.
    low, high = 1.0, 1000.0
    for _ in range(60):
        middle = (low + high) / 2
        shares = np.exp(-np.arange(DIMENSIONS) / middle)
        low, high = (middle, high) if shares.sum() ** 2 / (shares**2).sum() < axes else (low, middle)
    shares = np.exp(-np.arange(DIMENSIONS) / low)
    result: NDArray[np.float64] = shares / shares.sum()
    return result


def _rotation(random: np.random.Generator) -> Floats:
    turned, _ = np.linalg.qr(random.standard_normal((DIMENSIONS, DIMENSIONS)))
    return turned.astype(np.float32)


def distances(crowd: Crowd, pairs: int = 200_000, seed: int = 1) -> tuple[Floats, Floats]:
    """Those of random genuine and of random impostor pairs."""
    random = np.random.default_rng(seed)
    order = np.lexsort((random.random(len(crowd.people)), crowd.people))
    one, other = order[:-1], order[1:]
    same = crowd.people[one] == crowd.people[other]
    first, second = random.integers(0, len(crowd.people), (2, pairs))
    different = crowd.people[first] != crowd.people[second]
    return (
        np.linalg.norm(crowd.embeddings[one[same]] - crowd.embeddings[other[same]], axis=1),
        np.linalg.norm(crowd.embeddings[first[different]] - crowd.embeddings[second[different]], axis=1),
    )


def main() -> None:
    """Prints how far apart the made faces are."""
    genuine, impostor = distances(Humanity().crowd(40_000)[1])
    print(f"{'percentile':12}{'genuine':>9}{'impostor':>10}")
    for percent in (1, 5, 25, 50, 75, 95, 99):
        print(f"{percent:<12}{np.percentile(genuine, percent):9.3f}{np.percentile(impostor, percent):10.3f}")
    print(
        f"mean ± sd: {genuine.mean():.3f} ± {genuine.std():.3f}, {impostor.mean():.3f} ± {impostor.std():.3f}"
    )


if __name__ == "__main__":
    main()
