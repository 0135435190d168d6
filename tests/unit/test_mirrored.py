"""Vectors averaged with those of the mirror image."""

from __future__ import annotations

import numpy as np

from pipeline.embedders.mirrored import Mirrored
from tests.fakes.recognizer import Colours


class LeftEdge(Colours):
    """Looks at the leftmost column only."""

    def embed(self, chips: list[np.ndarray]) -> np.ndarray:  # type: ignore[override]
        return super().embed([chip[:, :1] for chip in chips])


def test_a_face_and_its_mirror_image_have_one_vector() -> None:
    chips = [np.random.default_rng(seed).integers(0, 256, (6, 6, 3), dtype=np.uint8) for seed in (1, 2)]
    embedder = Mirrored(LeftEdge())
    vectors = embedder.embed(chips)
    assert (vectors.shape, vectors.dtype, embedder.dimensions) == ((2, 3), np.float32, 3)
    np.testing.assert_allclose(vectors, embedder.embed([chip[:, ::-1] for chip in chips]), atol=1e-6)
    edges = np.stack([(chip[:, 0].mean(axis=0) + chip[:, -1].mean(axis=0)) / 510 for chip in chips])
    np.testing.assert_allclose(vectors, edges, atol=1e-5)


def test_no_faces_no_vectors() -> None:
    assert Mirrored(LeftEdge()).embed([]).shape == (0, 3)
