"""Which of a recognizer's parts serves photos, and which serves probes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from pipeline import images
from pipeline.types import Pixels
from tests.fakes.recognizer import RED, picture, squares


class Constant:
    """Gives every face the same vector."""

    dimensions = 3

    def __init__(self, value: float) -> None:
        self._value = value

    def embed(self, chips: Sequence[Pixels]) -> NDArray[np.float32]:
        """One row of the value a chip."""
        return np.full((len(chips), self.dimensions), self._value, np.float32)


def test_probes_have_an_embedder_of_their_own() -> None:
    recognizer = replace(squares(), embedder=Constant(1), probe_embedder=Constant(2))
    data = picture(RED)
    (read,) = recognizer.read(data)[1]
    (seen,) = recognizer.faces(images.decode(data))
    assert read.embedding.tolist() == seen.embedding.tolist() == [1, 1, 1]
    assert recognizer.probe(data).face.embedding.tolist() == [2, 2, 2]


def test_or_the_same_one() -> None:
    recognizer = replace(squares(), embedder=Constant(1), probe_embedder=None)
    assert recognizer.probe(picture(RED)).face.embedding.tolist() == [1, 1, 1]
