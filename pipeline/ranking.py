"""Which photos show a person: from a probe to strong hits, from those to the others. Pure of any database.

1. Every face within the threshold of the probe's is a hit, unless it or the probe's is small, or both are
   blurred, and it is not near enough.
2. Strong hits, one a photo, join the probe. Every other hit must be near them all together, and what else is
   so is a hit too: never a strong one. This is done once: what it finds brings nothing further in. Where a
   second look at all faces takes too long, nothing further is found.
3. Two faces in one photo are never one person. So the faces beside the strong hits are others, and a doubtful
   face that is nearer to one of these than to every face of the person is no hit.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from pipeline.calibration import Calibration
from pipeline.likeness import Likeness
from pipeline.ports import Gallery
from pipeline.types import Candidate, Face, Vector

SEEDS = 20
"""Strong hits that join the probe, at most: the nearest."""

OTHERS = 200
"""Faces beside them that count as others, at most: those nearest to the person, which alone can matter."""


MARGIN = 1e-3
"""Distance beyond the strong ones in which those lie that are near only to all together, in their order."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A photo that shows the person, by its best face."""

    photo: int
    face: int
    distance: float  # that counts: from the person, and what small or blurred faces add to it


def ranked(gallery: Gallery, probes: Sequence[Face], calibration: Calibration) -> list[Hit]:
    """The photos that show the person of the probes, nearest first, then by the gallery's own numbers."""
    vectors = [probe.embedding for probe in probes]
    sharpest, largest = max(probe.sharpness for probe in probes), max(probe.size for probe in probes)
    person = Likeness.of(vectors, sharpest, largest, calibration.gain)
    found = _within(gallery, person, calibration)
    seeds = _seeds(found, calibration) if calibration.expands else []
    if not seeds:
        return _best(found.values())
    vectors += [_vector(seed) for seed, _ in seeds]
    sharpest = max(sharpest, *(seed.sharpness for seed, _ in seeds))
    largest = max(largest, *(seed.size for seed, _ in seeds))
    everybody = Likeness.of(vectors, sharpest, largest, calibration.gain)
    bar = replace(calibration, threshold=min(calibration.together, calibration.threshold))
    near = _within(gallery, everybody, bar) if calibration.finds_more else _nearer(found, everybody, bar)
    hits = _joined(found, near, calibration.strong)
    return _best(_unlike(hits, vectors, _others(gallery, person, seeds, calibration), calibration.strong))


Counted = tuple[Candidate, float]
"""A candidate, with the distance that counts."""


def _within(gallery: Gallery, person: Likeness, calibration: Calibration) -> dict[int, Counted]:
    """The faces within the threshold of a likeness."""
    # A face is doubtful by the distance that counts, so vectors are wanted of all where they are compared.
    sure, first = (-1.0, SEEDS) if calibration.expands else (math.inf, 0)
    near = gallery.near(person.mean, person.reach(calibration.threshold), sure, first)
    return _counted(near, person, calibration)


def _nearer(found: dict[int, Counted], person: Likeness, calibration: Calibration) -> dict[int, Counted]:
    """Those of the faces that are within the threshold of a likeness."""
    faces = [one for one, _ in found.values()]
    squares = ((np.stack([_vector(one) for one in faces]) - person.mean) ** 2).sum(axis=1)
    return _counted(
        (replace(one, distance=math.sqrt(square)) for one, square in zip(faces, squares, strict=True)),
        person,
        calibration,
    )


def _counted(near: Iterable[Candidate], person: Likeness, calibration: Calibration) -> dict[int, Counted]:
    """The candidates, whose distances are from the person's mean, that are within the threshold."""
    quality = calibration.quality
    counted = (
        (one, person.distance(one.distance) + quality.cost(one.size, one.sharpness, person)) for one in near
    )
    return {one.face: (one, distance) for one, distance in counted if distance <= calibration.threshold}


def _seeds(found: dict[int, Counted], calibration: Calibration) -> list[Counted]:
    """The strong hits, the nearest of each photo."""
    strong = [one for one in found.values() if one[1] <= calibration.strong and one[0].embedding is not None]
    nearest: dict[int, Counted] = {}
    for one in sorted(strong, key=_order):
        nearest.setdefault(one[0].photo, one)
    return list(nearest.values())[:SEEDS]


def _joined(found: dict[int, Counted], near: dict[int, Counted], strong: float) -> list[Counted]:
    """The strong hits of the probes, and what is near them all together: never a strong one."""
    hits = {face: one for face, one in found.items() if one[1] <= strong}
    for face, (candidate, distance) in near.items():
        direct = found[face][1] if face in found else np.inf
        if direct > strong:
            hits[face] = candidate, min(direct, _beyond(strong, distance))
    return list(hits.values())


def _beyond(strong: float, distance: float) -> float:
    """The distance, and where it is no more than `strong` one that is a little more: in the same order."""
    end = strong + MARGIN
    return max(distance, strong + MARGIN * distance / end, math.nextafter(strong, math.inf))


def _others(
    gallery: Gallery, person: Likeness, seeds: Sequence[Counted], calibration: Calibration
) -> list[Vector]:
    """The faces beside the seeds: somebody else's, unless they are as near as a seed.

    Those may be the person's all the same: in a mirror, on a screen, or detected twice.
    """
    own = {seed.face for seed, _ in seeds}
    faces = gallery.beside([seed.photo for seed, _ in seeds], person.mean, OTHERS)
    return [
        _vector(one)
        for one in faces
        if one.face not in own and person.distance(one.distance) > calibration.strong
    ]


def _unlike(
    hits: Sequence[Counted], person: Sequence[Vector], others: Sequence[Vector], strong: float
) -> list[Counted]:
    """The hits without the doubtful ones that are nearer to one of the others than to the person."""
    doubtful = [one for one in hits if one[1] > strong and one[0].embedding is not None]
    if not doubtful or not others:
        return list(hits)
    vectors = np.stack([_vector(one) for one, _ in doubtful])
    worse = _nearest(vectors, others) < _nearest(vectors, person)
    dropped = {one.face for (one, _), is_worse in zip(doubtful, worse, strict=True) if is_worse}
    return [one for one in hits if one[0].face not in dropped]


def _nearest(vectors: np.ndarray, faces: Sequence[Vector]) -> np.ndarray:
    """Squared distance of each vector to the nearest of the faces."""
    those = np.stack(faces).astype(np.float64)
    squares = (vectors**2).sum(axis=1)[:, None] + (those**2).sum(axis=1)[None] - 2 * vectors @ those.T
    return np.asarray(squares.min(axis=1))


def _best(hits: Iterable[Counted]) -> list[Hit]:
    """Each photo once, by its best face."""
    photos: dict[int, Hit] = {}
    for one, distance in sorted(hits, key=_order):
        photos.setdefault(one.photo, Hit(one.photo, one.face, distance))
    return list(photos.values())


def _order(one: Counted) -> tuple[float, int, int]:
    return one[1], one[0].photo, one[0].face


def _vector(one: Candidate) -> Vector:
    assert one.embedding is not None  # noqa: S101  (the gallery gives it, see near and beside)
    return one.embedding
