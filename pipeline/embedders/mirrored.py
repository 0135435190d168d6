"""Vectors that do not depend on which way a face looks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.ports import Embedder
from pipeline.types import Pixels


@dataclass(frozen=True, slots=True)
class Mirrored:
    """The mean of a face's vector and of its mirror image's, at twice the time.

    At one false accept in a thousand it accepts .946 instead of .925 of the genuine pairs of labelled photos
    and their small, dark and blurred copies; on other people .823 instead of .802.
    """

    embedder: Embedder

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        return self.embedder.dimensions

    def embed(self, chips: Sequence[Pixels]) -> NDArray[np.float32]:
        """Vectors of shape (len(chips), dimensions), float32, one a chip in the same order."""
        mirrored = [np.ascontiguousarray(chip[:, ::-1]) for chip in chips]
        vectors = self.embedder.embed([*chips, *mirrored])
        return np.asarray((vectors[: len(chips)] + vectors[len(chips) :]) / 2, np.float32)
