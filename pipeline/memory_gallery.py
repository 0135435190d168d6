"""Faces in memory that are searched like those in the store."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.types import Candidate, Face, Vector


class MemoryGallery:
    """The faces of photos, which go by their place in the sequence that was given."""

    def __init__(self, photos: Sequence[Sequence[Face]]) -> None:
        self._numbered = [(number, face) for number, faces in enumerate(photos) for face in faces]
        self._photos = np.array([number for number, _ in self._numbered], int)
        self._vectors = np.array([face.embedding for _, face in self._numbered], np.float32)

    def near(self, vector: Vector, reach: float, sure: float, first: int) -> list[Candidate]:  # noqa: ARG002
        """As pipeline.ports.Gallery, with every embedding."""
        distances = self._distances(vector)
        return self._candidates(distances, np.flatnonzero(distances <= reach))

    def beside(self, photos: Sequence[int], vector: Vector, most: int) -> list[Candidate]:
        """As pipeline.ports.Gallery."""
        distances = self._distances(vector)
        return self._candidates(distances, np.flatnonzero(np.isin(self._photos, photos)))[:most]

    def without(self, photos: Collection[int]) -> MemoryGallery:
        """The same faces but those of some photos, under their old numbers."""
        rest = MemoryGallery([])
        kept = np.flatnonzero(~np.isin(self._photos, list(photos)))
        rest._numbered = [self._numbered[row] for row in kept]
        rest._photos, rest._vectors = self._photos[kept], self._vectors[kept]
        return rest

    def by_photo(self, face: Face, photos: int) -> NDArray[np.float64]:
        """The distance of each of `photos` photos' nearest face; infinite where it has none."""
        nearest = np.full(photos, np.inf)
        np.minimum.at(nearest, self._photos, self._distances(face.embedding))
        return nearest

    def _distances(self, vector: Vector) -> np.ndarray:
        if not self._numbered:
            return np.empty(0)
        return np.asarray(np.sqrt(((self._vectors - vector) ** 2).sum(axis=1)))

    def _candidates(self, distances: np.ndarray, rows: np.ndarray) -> list[Candidate]:
        """The faces in those rows, nearest first."""
        found = []
        for row in rows[np.argsort(distances[rows], kind="stable")]:
            photo, face = self._numbered[row]
            distance = float(distances[row])
            found.append(Candidate(int(row), photo, face.size, face.sharpness, distance, face.embedding))
        return found
