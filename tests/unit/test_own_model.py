"""The TOML file that describes a face model of one's own."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from pipeline import unit_calibration
from pipeline.calibration import MOST, UNMEASURED
from pipeline.embedders.arcface_template import TEMPLATE
from pipeline.errors import WeightsUnavailable
from pipeline.own_model import OwnModel, read_own_model
from pipeline.types import Strength
from tests.conftest import PROJECT

LEAST = 'name = "arcface"\nmodel = "r50.onnx"\n'


def described(tmp_path: Path, text: str) -> OwnModel:
    path = tmp_path / "own.toml"
    path.write_text(text)
    return read_own_model(path)


def test_name_and_model_are_enough(tmp_path: Path) -> None:
    own = described(tmp_path, LEAST)
    assert own.name == "arcface"
    assert own.model == tmp_path / "r50.onnx", "relative to the TOML file"
    assert own.face.size == 112
    assert own.face.mean == (127.5, 127.5, 127.5)
    assert own.face.scale == pytest.approx((1 / 127.5,) * 3)
    assert own.face.rgb
    assert own.calibration == unit_calibration.own(None)
    assert (own.template == TEMPLATE).all()


def test_everything_can_be_said(tmp_path: Path) -> None:
    own = described(
        tmp_path,
        'name = "mine"\nmodel = "/models/mine.onnx"\nsize = 224\nmean = [1, 2, 3]\nscale = 0.5\n'
        'colours = "BGR"\ncosine = 0.5\nversion = 7\n'
        "landmarks = [[60, 80], [160, 80], [112, 120], [70, 170], [150, 170]]\n",
    )
    assert own.model == Path("/models/mine.onnx")
    assert (own.face.size, own.face.mean, own.face.scale) == (224, (1, 2, 3), (0.5, 0.5, 0.5))
    assert not own.face.rgb
    assert own.calibration.threshold == pytest.approx(1.0), "a cosine of 1/2 is a distance of 1"
    assert own.template[2].tolist() == [112, 120]
    assert own.space_version(b"any") == 7


def test_the_template_grows_with_the_chip(tmp_path: Path) -> None:
    own = described(tmp_path, LEAST + "size = 224\n")
    assert np.allclose(own.template, TEMPLATE * 2)


def test_without_a_version_each_model_has_a_space_of_its_own(tmp_path: Path) -> None:
    own, other = described(tmp_path, LEAST), described(tmp_path, LEAST + "mean = 127\n")
    assert own.space_version(b"weights") == described(tmp_path, LEAST).space_version(b"weights")
    assert own.space_version(b"weights") != own.space_version(b"other weights")
    assert own.space_version(b"weights") != other.space_version(b"weights")
    assert own.space_version(b"weights") == described(tmp_path, LEAST + "threshold = 1\n").space_version(
        b"weights"
    ), "a threshold changes no vector"


def test_what_was_measured_can_be_said(tmp_path: Path) -> None:
    said = "threshold = 1.1\nstrong = 0.95\neven = 1.05\nsteepness = 30\n"
    read = described(tmp_path, LEAST + said).calibration
    assert (read.threshold, read.strong, read.even, read.steepness) == (1.1, 0.95, 1.05, 30.0)
    assert (read.strength(0.95), read.strength(0.96)) == (Strength.STRONG, Strength.POSSIBLE)
    assert read.confidence(0.2) == MOST


@pytest.mark.parametrize("bar", ["", "cosine = 0.9\n", "threshold = 1.2\n"])
def test_what_nobody_measured_is_never_strong_nor_surer_than_that(tmp_path: Path, bar: str) -> None:
    read = described(tmp_path, LEAST + bar).calibration
    assert read.strength(0.0) is Strength.POSSIBLE
    assert max(read.confidence(step / 100) for step in range(200)) <= UNMEASURED


def test_a_strong_distance_alone_makes_no_match_surer(tmp_path: Path) -> None:
    read = described(tmp_path, LEAST + "cosine = 0.5\nstrong = 0.8\n").calibration
    assert (read.strength(0.8), read.confidence(0.1)) == (Strength.STRONG, UNMEASURED)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('model = "a.onnx"', "needs a name"),
        ('name = "Arc Face"\nmodel = "a.onnx"', "needs a name"),
        ('name = "arcface"', "where the ONNX file is"),
        (LEAST + "sise = 112", "a key that means nothing: sise"),
        (LEAST + 'size = "112"', "whole number from 16 to 1024 for size"),
        (LEAST + "size = true", "for size"),
        (LEAST + "mean = [1, 2]", "one number or three for mean"),
        (LEAST + 'scale = "x"', "for scale"),
        (LEAST + 'colours = "GBR"', "neither"),
        (LEAST + "threshold = 3.0", "number from 0 to 2 for threshold"),
        (LEAST + "threshold = nan", "for threshold"),
        (LEAST + "threshold = 1.0\ncosine = 0.5", "give one of them"),
        (LEAST + "strong = 0.9", "strong without a threshold or a cosine"),
        (LEAST + "threshold = 1.0\nstrong = 1.1", "number from 0 to 1 for strong"),
        (LEAST + "threshold = 1.0\neven = 0.9", "one of even and steepness"),
        (LEAST + "threshold = 1.0\neven = 0.9\nsteepness = 0", "for steepness"),
        (LEAST + "threshold = 1.0\neven = -1\nsteepness = 30", "from 0 to 2 for even"),
        (LEAST + "landmarks = [[1, 2], [3, 4]]", "five landmarks"),
        (LEAST + 'landmarks = "eyes"', "five landmarks"),
        (LEAST + "version = -1", "for version"),
        ("name = ", "is no TOML"),
    ],
)
def test_what_cannot_be_used_is_said(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(WeightsUnavailable, match=says) as caught:
        described(tmp_path, text)
    assert str(tmp_path / "own.toml") in str(caught.value)
    assert "docs/recognizers.md" in str(caught.value)


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(WeightsUnavailable, match=r"cannot be read \(No such file"):
        read_own_model(tmp_path / "none.toml")


def test_the_example_of_the_docs_is_understood(tmp_path: Path) -> None:
    page = (PROJECT / "docs" / "recognizers.md").read_text()
    own = described(tmp_path, page.split("```toml\n")[1].split("```")[0])
    assert own.calibration.threshold == pytest.approx(math.sqrt(2 - 2 * 0.4))
