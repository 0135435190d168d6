"""What the default recognizer must reach on labelled photos: what the README promises."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.composed import Recipe, composed
from pipeline.evaluation import Evaluation, evaluate
from pipeline.registry import Recognizers

pytestmark = pytest.mark.photos


def figures_of(recipe: Recipe, models: Path, labelled: Path, work: Path) -> Evaluation:
    """An event of 6 megapixels that is composed for it, small enough to be quick."""
    if not (labelled.parent / "tools" / "make_event.py").is_file():
        pytest.skip(f"no script that composes events beside {labelled}")
    result = evaluate(composed(recipe, labelled, work), Recognizers(models).get())
    assert result.photos == recipe.photos
    return result


def test_people_are_told_apart(models: Path, labelled_photos: Path) -> None:
    result = evaluate(labelled_photos / "people", Recognizers(models).get())
    assert result.probes == result.photos == 90
    assert result.precision_at_5 >= 0.99
    assert result.map >= 0.99
    assert result.recall >= 0.97
    assert result.precision >= 0.99


def test_people_are_found_in_an_event(models: Path, labelled_photos: Path, tmp_path: Path) -> None:
    result = figures_of(Recipe("clear", 11, 50), models, labelled_photos, tmp_path)
    assert result.precision_at_5 >= 0.995
    assert result.recall >= 0.98
    assert result.precision >= 0.995


def test_small_dark_and_blurred_faces_are_found(models: Path, labelled_photos: Path, tmp_path: Path) -> None:
    """Of the people whose photos decide nothing."""
    result = figures_of(Recipe("hard", 21, 15, "apart"), models, labelled_photos, tmp_path)
    assert result.precision_at_5 >= 0.95
    assert result.recall >= 0.9
    assert result.precision >= 0.99
