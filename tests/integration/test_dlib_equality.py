"""The ONNX network against dlib-bin itself, on real aligned faces."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from pipeline import images
from pipeline.embedders.dlib_resnet import DlibResNet
from pipeline.registry import Recognizers
from pipeline.types import Pixels
from pipeline.weights import package_file

WEIGHTS = "models/dlib_face_recognition_resnet_model_v1.dat"

pytestmark = pytest.mark.skipif(importlib.util.find_spec("dlib") is None, reason="dlib-bin is not installed")


def dlib_vectors(chips: list[Pixels]) -> np.ndarray:
    import dlib

    path = package_file("face_recognition_models", WEIGHTS, distribution="face-recognition-models")
    network = dlib.face_recognition_model_v1(str(path))
    return np.array([network.compute_face_descriptor(chip) for chip in chips], np.float32)


def largest_difference(models: Path, chips: list[Pixels]) -> float:
    return float(np.abs(DlibResNet(models).embed(chips) - dlib_vectors(chips)).max())


@pytest.mark.photos
def test_vectors_of_real_faces_are_dlibs_own(models: Path, labelled_photos: Path) -> None:
    recognizer = Recognizers(models).get("dlib")
    chips = []
    for person in sorted((labelled_photos / "people").iterdir()):
        for path in sorted(person.iterdir())[:2] if person.is_dir() else ():
            image = images.decode(path.read_bytes())
            chips += [recognizer.aligner(image, found) for found in recognizer.detector.detect(image)]
    assert len(chips) >= 20  # more than one batch
    assert largest_difference(models, chips) < 1e-5


def test_vectors_of_any_picture_are_dlibs_own(models: Path) -> None:
    noise = np.random.default_rng(3).integers(0, 256, (3, 150, 150, 3), np.uint8)
    flat = [np.zeros((150, 150, 3), np.uint8), np.full((150, 150, 3), 255, np.uint8)]
    assert largest_difference(models, [*noise, *flat]) < 1e-5
