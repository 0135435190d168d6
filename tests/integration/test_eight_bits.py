"""Networks in 8 bits beside the same ones in floating point, with the real weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pipeline import images
from pipeline.embedders.dlib_resnet import DlibResNet
from pipeline.embedders.mirrored import Mirrored
from pipeline.registry import Recognizers

pytestmark = pytest.mark.photos


def test_a_face_has_nearly_the_same_vector_in_eight_bits(models: Path, labelled_photos: Path) -> None:
    """So near that events of machines with and without them can be searched alike."""
    recognizer = Recognizers(models).get("dlib")
    chips = []
    for path in sorted((labelled_photos / "people").glob("*/*"))[::3]:
        image = images.decode(path.read_bytes())
        chips += [recognizer.aligner(image, face) for face in recognizer.detector.detect(image)[:1]]
    exact = Mirrored(DlibResNet(models)).embed(chips)
    small = Mirrored(DlibResNet(models, eight_bits=True)).embed(chips)
    moved = np.linalg.norm(exact - small, axis=1)
    assert len(chips) >= 25
    assert 0 < np.median(moved) < 0.035
    assert moved.max() < 0.06
    between = np.linalg.norm(exact[:, None] - exact[None], axis=2)
    changed = np.linalg.norm(exact[:, None] - small[None], axis=2) - between
    assert np.abs(changed[between > 0]).max() < 0.04
