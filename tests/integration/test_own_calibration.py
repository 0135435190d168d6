"""Measuring a recognizer, and what its TOML file takes of it."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks import calibrate
from benchmarks.curves import Curve
from pipeline.model_files import SFACE, YUNET
from pipeline.own_model import read_own_model
from pipeline.types import Strength
from tests.fakes import face_models
from tests.fakes.face_models import MAGENTA, RED, scene

MODEL = 'name = "mine"\nmodel = "mine.onnx"\n'


@pytest.fixture
def photos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three photos each of two people, and the recognizer sface with small models."""
    models = tmp_path / "data" / "models"
    face_models.write_yunet(models / YUNET.name)
    face_models.write_sface(models / SFACE.name)
    monkeypatch.setenv("FINDME_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    for person, colour in {"ada": RED, "joan": MAGENTA}.items():
        folder = tmp_path / "labelled" / person
        folder.mkdir(parents=True)
        for number in range(3):
            shade = (colour[0], colour[1] + 10 * number, colour[2])
            (folder / f"{number}.jpg").write_bytes(scene(shade))
    return tmp_path / "labelled"


def calibrated(monkeypatch: pytest.MonkeyPatch, *words: str | Path) -> None:
    """Runs it with these words."""
    monkeypatch.setattr(sys, "argv", ["calibrate", *map(str, words)])
    calibrate.main()


def test_what_is_measured_goes_into_the_toml_file(
    photos: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    calibrated(monkeypatch, "--recognizer", "sface", photos)
    lines = capsys.readouterr().out
    assert "# sface-1: 6 portraits" in lines
    described = photos / "mine.toml"
    described.write_text(MODEL + lines)
    read = read_own_model(described).calibration
    assert 0 < read.strong < read.even < read.threshold < 1
    assert read.strength(read.strong) is Strength.STRONG
    assert read.confidence(read.strong) == pytest.approx(0.97, abs=0.01)
    assert read.confidence(read.threshold) == pytest.approx(0.4, abs=0.02)


def test_too_few_people_are_said_so(photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for photo in [*photos.glob("*/1.jpg"), *photos.glob("*/2.jpg")]:
        photo.unlink()
    with pytest.raises(SystemExit, match=r"sface cannot be calibrated.*two portraits of one of them"):
        calibrated(monkeypatch, "--recognizer", "sface", photos)
    with pytest.raises(SystemExit, match="There is no recognizer named magic"):
        calibrated(monkeypatch, "--recognizer", "magic", photos)
    with pytest.raises(SystemExit, match="There is no folder"):
        calibrated(monkeypatch, "--recognizer", "sface", photos / "none")


def test_a_curve_says_what_the_pairs_say() -> None:
    random = np.random.default_rng(5)
    distance = np.concatenate([random.normal(0.8, 0.1, 4000), random.normal(1.2, 0.1, 4000)])
    curve = Curve.of(distance, np.arange(8000) < 4000)
    # Where one pair in fifty is genuine, odds are even at 1 - 0.01 * ln(49) / 0.4, and fall by 40 a unit.
    assert curve.even == pytest.approx(0.903, abs=0.02)
    assert curve.steepness == pytest.approx(40, rel=0.2)
    assert curve.strong is not None
    assert curve.strong < curve.even < curve.threshold


def test_a_recognizer_that_tells_nobody_apart_has_no_curve() -> None:
    distance = np.random.default_rng(5).normal(1, 0.1, 2000)
    with pytest.raises(ValueError, match="does not tell these people apart"):
        Curve.of(distance, np.arange(2000) < 200)
