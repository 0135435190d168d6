"""What strangers cost among very many faces: `python -m benchmarks.crowds [FACES ...]`.

Crowds of made vectors that lie about like real ones (benchmarks/vectors.py), with new faces of some of the
people to search with, by the default calibration. Default: 5,000, 20,000 and 100,000 faces; takes minutes.
"""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np

from benchmarks.gallery import FACES_A_PHOTO
from benchmarks.vectors import Floats, Humanity
from pipeline.calibration import DLIB, Calibration
from pipeline.memory_gallery import MemoryGallery
from pipeline.ranking import ranked
from pipeline.types import Box, Face

PROBES = 20
SEEDS = (11, 12)


class Searched:
    """A crowd with the faces to search with, and the photos that are right."""

    def __init__(self, faces: int, seed: int) -> None:
        humanity = Humanity(seed)
        points, crowd = humanity.crowd(faces)
        made = [_face(vector) for vector in crowd.embeddings]
        self.gallery = MemoryGallery(
            [made[first : first + FACES_A_PHOTO] for first in range(0, faces, FACES_A_PHOTO)]
        )
        there = np.unique(crowd.people)
        chosen = np.random.default_rng(1).choice(there, PROBES, replace=False)
        self.probes = [_face(vector) for vector in humanity.faces(points[chosen])]
        self.right = [set((np.flatnonzero(crowd.people == one) // FACES_A_PHOTO).tolist()) for one in chosen]


def _face(vector: Floats) -> Face:
    """A clear one."""
    return Face(Box(0, 0, 120, 120), 0.9, None, 5.0, vector)


def figures(crowds: list[Searched], calibration: Calibration) -> tuple[float, float]:
    """Recall and precision over all probes."""
    hits = found = right = 0
    for crowd in crowds:
        for probe, expected in zip(crowd.probes, crowd.right, strict=True):
            photos = {hit.photo for hit in ranked(crowd.gallery, [probe], calibration)}
            hits, found, right = hits + len(photos & expected), found + len(photos), right + len(expected)
    return hits / right, hits / max(1, found)


def main(sizes: list[int]) -> None:
    """Prints a row of the table in docs/accuracy.md for each size."""
    print(
        "| faces | the probe alone: recall, precision | one bar for all sizes | in use |\n|---|---|---|---|"
    )
    for faces in sizes:
        crowds = [Searched(faces, seed) for seed in SEEDS]
        used = DLIB.among(faces)
        ways = (replace(used, expands=False), replace(used, together=DLIB.threshold), used)
        cells = ["{:.3f}, {:.3f}".format(*figures(crowds, way)) for way in ways]
        print(f"| {faces:,} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main([int(word) for word in sys.argv[1:]] or [5_000, 20_000, 100_000])
