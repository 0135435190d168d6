"""What the default recognizer must reach on labelled photos."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.evaluation import evaluate
from pipeline.registry import Recognizers

pytestmark = pytest.mark.photos


def test_people_are_told_apart(models: Path, labelled_photos: Path) -> None:
    result = evaluate(labelled_photos / "people", Recognizers(models).get())
    assert result.probes == result.photos == 90
    assert result.precision_at_5 >= 0.99
    assert result.map >= 0.99
    assert result.recall >= 0.97
    assert result.precision >= 0.99


def test_people_are_found_in_an_event(models: Path, labelled_photos: Path, tmp_path: Path) -> None:
    """A composed event of 6 megapixels, small enough to be quick."""
    script = labelled_photos.parent / "tools" / "make_event.py"
    if not script.is_file():
        pytest.skip(f"no script that composes events at {script}")
    people = ["--people", str(labelled_photos / "people")]
    subprocess.run(
        [sys.executable, str(script), str(tmp_path / "event"), *people, "--photos", "60", "--seed", "11"],
        check=True,
    )
    result = evaluate(tmp_path / "event", Recognizers(models).get())
    assert result.photos == 60
    assert result.precision_at_5 >= 0.99
    assert result.recall >= 0.96
    assert result.precision >= 0.99
