"""The registry of recognizers, before any weights are loaded."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.errors import OwnModelMissing, UnknownRecognizer, WeightsUnavailable
from pipeline.registry import ModelPaths, Recognizers


def test_names_and_default(tmp_path: Path) -> None:
    recognizers = Recognizers(tmp_path)
    assert recognizers.names() == ["dlib", "clip", "sface", "onnx"]
    assert recognizers.default == "dlib"


def test_an_unknown_name_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(UnknownRecognizer, match="arcface; there are: dlib, clip, sface, onnx"):
        Recognizers(tmp_path, default="arcface")
    with pytest.raises(UnknownRecognizer):
        Recognizers(tmp_path).get("arcface")


@pytest.mark.parametrize("described", [False, True])
def test_faces_of_an_own_model_that_is_not_here_say_where_it_is_named(
    tmp_path: Path, described: bool
) -> None:
    other = tmp_path / "other.toml"
    other.write_text('name = "facenet"\nmodel = "none.onnx"\n')
    recognizers = Recognizers(tmp_path, paths=ModelPaths(own=other if described else None))
    for ask in (lambda: recognizers.that_embedded("arcy"), lambda: recognizers.for_space("arcy-7")):
        with pytest.raises(OwnModelMissing, match=r"embedded by arcy.*FINDME_ONNX_RECOGNIZER must name"):
            ask()


def test_making_a_registry_builds_nothing(tmp_path: Path) -> None:
    Recognizers(tmp_path / "models", paths=ModelPaths(own=tmp_path / "none.toml"))
    assert not (tmp_path / "models").exists()


def test_importing_it_loads_no_inference() -> None:
    code = "import sys, pipeline.registry; print('onnxruntime' in sys.modules, 'imgbeddings' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


def test_sface_without_its_files_says_how_to_fetch_them(tmp_path: Path) -> None:
    with pytest.raises(WeightsUnavailable, match="findme models fetch sface") as caught:
        Recognizers(tmp_path).get("sface")
    assert str(tmp_path / "face_detection_yunet_2023mar.onnx") in str(caught.value)
    elsewhere = ModelPaths(sface_detector=tmp_path / "elsewhere.onnx")
    with pytest.raises(WeightsUnavailable, match=r"elsewhere\.onnx.*FINDME_SFACE_DETECTOR"):
        Recognizers(tmp_path, paths=elsewhere).get("sface")


def test_an_own_model_goes_by_its_own_name_too(tmp_path: Path) -> None:
    toml = tmp_path / "own.toml"
    toml.write_text('name = "arcface"\nmodel = "none.onnx"\n')
    recognizers = Recognizers(tmp_path, default="onnx", paths=ModelPaths(own=toml))
    assert recognizers.default == "arcface"
    for name in ("onnx", "arcface"):
        with pytest.raises(WeightsUnavailable, match=r"none\.onnx cannot be read"):
            recognizers.get(name)
    with pytest.raises(UnknownRecognizer, match="there are: dlib, clip, sface, arcface"):
        recognizers.get("facenet")


def test_an_own_model_must_be_described_and_have_a_name_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(WeightsUnavailable, match="set FINDME_ONNX_RECOGNIZER"):
        Recognizers(tmp_path).get("onnx")
    toml = tmp_path / "own.toml"
    toml.write_text('name = "dlib"\nmodel = "none.onnx"\n')
    recognizers = Recognizers(tmp_path, paths=ModelPaths(own=toml))
    assert recognizers.default == "dlib", "the others work all the same"
    with pytest.raises(WeightsUnavailable, match="which another recognizer has"):
        recognizers.get("onnx")
