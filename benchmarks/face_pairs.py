"""Pairs of labelled faces: of one person, or of two."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.curves import FloatArray
from pipeline.calibration import DLIB
from pipeline.types import Face


@dataclass(frozen=True, slots=True, eq=False)
class Labelled:
    """A face with its person."""

    portrait: str  # PERSON/file; copies share it
    clear: bool  # the portrait itself, no copy
    face: Face


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Pairs of faces, one a row."""

    genuine: NDArray[np.bool_]
    distance: FloatArray
    size: FloatArray  # halvings of the second face below the clear size
    blur: FloatArray  # halvings of the sharper one's sharpness below the clear one

    def __str__(self) -> str:
        """How many there are of each kind."""
        return f"{self.genuine.sum()} genuine pairs, {(~self.genuine).sum()} impostor pairs"


def pairs(probes: list[Labelled], faces: list[Labelled]) -> Pairs:
    """Every probe with every face of another portrait."""
    quality = DLIB.quality
    probe_vectors = np.stack([probe.face.embedding for probe in probes])
    probe_names = np.array([probe.portrait for probe in probes])
    probe_people = np.array([name.split("/")[0] for name in probe_names])
    columns: list[tuple[FloatArray, ...]] = []
    for one in faces:
        other = probe_names != one.portrait
        distance = np.sqrt(((probe_vectors - one.face.embedding) ** 2).sum(axis=1))
        sharper = np.maximum([probe.face.sharpness for probe in probes], one.face.sharpness)
        side = np.clip(max(one.face.box.width, one.face.box.height), quality.least_size, quality.clear_size)
        size = np.full(len(probes), np.log2(quality.clear_size / side))
        blur = np.log2(quality.clear / np.clip(sharper, quality.least, quality.clear))
        genuine = probe_people == one.portrait.split("/")[0]
        columns.append(tuple(column[other] for column in (genuine, distance, size, blur)))
    genuine, distance, size, blur = (np.concatenate(parts) for parts in zip(*columns, strict=True))
    return Pairs(genuine.astype(bool), distance, size, blur)
