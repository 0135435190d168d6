"""The registry of recognizers, before any weights are loaded."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.errors import UnknownRecognizer
from pipeline.registry import Recognizers


def test_names_and_default(tmp_path: Path) -> None:
    recognizers = Recognizers(tmp_path)
    assert recognizers.names() == ["dlib", "clip"]
    assert recognizers.default == "dlib"


def test_an_unknown_name_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(UnknownRecognizer, match="arcface; there are: dlib, clip"):
        Recognizers(tmp_path, default="arcface")
    with pytest.raises(UnknownRecognizer):
        Recognizers(tmp_path).get("arcface")
    with pytest.raises(UnknownRecognizer):
        Recognizers(tmp_path).for_space("arcface-3")


def test_making_a_registry_builds_nothing(tmp_path: Path) -> None:
    Recognizers(tmp_path / "models")
    assert not (tmp_path / "models").exists()


def test_importing_it_loads_no_inference() -> None:
    code = "import sys, pipeline.registry; print('onnxruntime' in sys.modules, 'imgbeddings' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
