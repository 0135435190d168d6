"""Cutting any number of faces into batches, so that an adapter embeds one batch and no more."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.types import Pixels


class BatchedEmbedder(ABC):
    """An embedder that is handed at most `batch` chips at a time."""

    dimensions: int
    batch: int

    @abstractmethod
    def embed_batch(self, chips: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Vectors (n, dimensions) of chips (n, height, width, 3), uint8, RGB, 1 <= n <= batch."""

    def embed(self, chips: Sequence[Pixels]) -> NDArray[np.float32]:
        """Vectors of shape (len(chips), dimensions), float32, one a chip in the same order."""
        starts = range(0, len(chips), self.batch)
        vectors = [self.embed_batch(np.stack(chips[start : start + self.batch])) for start in starts]
        return np.concatenate(vectors) if vectors else np.empty((0, self.dimensions), np.float32)
