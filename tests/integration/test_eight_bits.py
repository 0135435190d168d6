"""Faces in 8 bits beside the same ones in floating point, with the real weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline import images
from pipeline.embedders.dlib_resnet import DlibResNet
from pipeline.embedders.mirrored import Mirrored
from pipeline.processor import multiplies_bytes
from pipeline.registry import Recognizers

pytestmark = pytest.mark.photos

Vectors = NDArray[np.float32]


@pytest.fixture(scope="module")
def vectors(models: Path, labelled_photos: Path) -> tuple[Vectors, Vectors]:
    """(exact, in 8 bits) of the portraits."""
    recognizer = Recognizers(models).get("dlib")
    chips = []
    for path in sorted((labelled_photos / "people").glob("*/*")):
        image = images.decode(path.read_bytes())
        chips += [recognizer.aligner(image, face) for face in recognizer.detector.detect(image)[:1]]
    assert len(chips) >= 85
    exact, small = (Mirrored(DlibResNet(models, eight_bits=bits)).embed(chips) for bits in (False, True))
    return exact, small


def distances(some: Vectors, others: Vectors) -> NDArray[np.float64]:
    """Between every two different faces."""
    every = np.linalg.norm(some[:, None] - others[None], axis=2)
    return np.asarray(every[~np.eye(len(some), dtype=bool)], np.float64)


def test_a_face_has_nearly_the_same_vector(vectors: tuple[Vectors, Vectors]) -> None:
    exact, small = vectors
    moved = np.linalg.norm(exact - small, axis=1)
    assert 0 < np.median(moved) < 0.035
    assert moved.max() < 0.06


def test_distances_mean_the_same(vectors: tuple[Vectors, Vectors]) -> None:
    """Also among faces in 8 bits alone, so that one threshold does for all."""
    exact, small = vectors
    plain = distances(exact, exact)
    for other in (distances(exact, small), distances(small, small)):
        assert (other / plain).mean() == pytest.approx(1, abs=0.002)
        assert np.abs(other - plain).max() < 0.05


def test_probes_are_exact_and_the_gallery_is_fast(models: Path, labelled_photos: Path) -> None:
    recognizer = Recognizers(models).get("dlib")
    data = (labelled_photos / "people/Colin_Powell/Colin_Powell_0001.jpg").read_bytes()
    image, (face,) = recognizer.read(data)
    (found,) = recognizer.detector.detect(image)
    chip = recognizer.aligner(image, found)
    gallery, exact = (
        Mirrored(DlibResNet(models, eight_bits=bits)).embed([chip])[0] for bits in (multiplies_bytes(), False)
    )
    np.testing.assert_array_equal(face.embedding, gallery)
    assert recognizer.probe_embedder is not None
    np.testing.assert_array_equal(recognizer.probe_embedder.embed([chip])[0], exact)
