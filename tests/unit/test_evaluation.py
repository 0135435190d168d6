"""Measuring a recognizer: the figures, and the two layouts of labelled photos."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import numpy as np
import pytest

from pipeline.errors import FindMeError
from pipeline.evaluation import evaluate
from pipeline.labelled import read_labelled
from pipeline.measures import average_precision, in_order, precision_at
from tests.fakes.recognizer import BLUE, GREEN, RED, picture, squares

NEARLY_RED = (200, 60, 30)


def write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def ranking(*right: int) -> np.ndarray:
    return np.array(right, bool)


@pytest.mark.parametrize(
    ("ranked", "right", "expected"),
    [((1, 1, 1, 1, 1, 0), 9, 1.0), ((1, 0, 1, 1, 1), 9, 0.8), ((0, 1, 1), 2, 0.5), ((1,), 4, 0.25)],
)
def test_precision_at_five(ranked: tuple[int, ...], right: int, expected: float) -> None:
    assert precision_at(5, ranking(*ranked), right) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("ranked", "right", "expected"),
    [((1, 1, 0), 2, 1.0), ((0, 1), 1, 0.5), ((1, 0, 1), 2, (1 + 2 / 3) / 2), ((1,), 2, 0.5), ((), 3, 0.0)],
)
def test_average_precision(ranked: tuple[int, ...], right: int, expected: float) -> None:
    assert average_precision(ranking(*ranked), right) == pytest.approx(expected)


def test_photos_that_were_not_found_follow_by_their_nearest_face() -> None:
    assert in_order([2, 0], np.array([0.1, 0.9, 0.5, float("inf"), 0.4])) == [2, 0, 4, 1]


def test_people_leave_one_out(tmp_path: Path) -> None:
    """Ann has three photos, the last without a face; Bob two. Other files do not count."""
    for number, colours in enumerate([(RED,), (RED,), ()]):
        write(tmp_path / "ann" / f"{number}.png", picture(*colours, seed=number))
    for number in range(2):
        write(tmp_path / "bob" / f"{number}.PNG", picture(BLUE, seed=10 + number))
    write(tmp_path / "boxes.json", b"{}")
    steps: list[tuple[int, int]] = []
    result = evaluate(tmp_path, squares(), lambda done, total: steps.append((done, total)))
    assert (result.recognizer, result.probes, result.photos, result.faces) == ("squares", 5, 5, 4)
    # Ann's two find each other and miss the third, which finds nothing; Bob's two find each other.
    assert result.recall == pytest.approx(4 / 8)
    assert result.precision == 1.0
    assert result.precision_at_5 == result.map == pytest.approx((0.5 + 0.5 + 0 + 1 + 1) / 5)
    assert result.threshold == 0.2
    assert steps == [(number, 10) for number in range(1, 11)]


def event(folder: Path) -> Path:
    """Ann in two photos, Bob in one; a stranger who looks like Ann; nobody in the last."""
    photos = {"a.png": [RED], "b.png": [RED, BLUE], "c.png": [NEARLY_RED], "d.png": []}
    for number, (name, colours) in enumerate(photos.items()):
        write(folder / "photos" / name, picture(*colours, seed=number))
    write(folder / "avatars" / "ann.png", picture(RED, seed=20))
    write(folder / "avatars" / "bob.png", picture(BLUE, seed=21))
    truth = {"photos": {"a.png": ["ann"], "b.png": ["ann", "bob"], "c.png": [], "d.png": []}, "seed": 7}
    write(folder / "truth.json", json.dumps(truth).encode())
    return folder


def test_an_event(tmp_path: Path) -> None:
    result = evaluate(event(tmp_path), squares())
    assert (result.probes, result.photos, result.faces) == (2, 4, 4)
    assert (result.precision_at_5, result.map, result.recall) == (1.0, 1.0, 1.0)
    assert result.precision == pytest.approx(3 / 4)


def test_photos_that_cannot_be_read_are_named_and_missed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = event(tmp_path)
    (folder / "photos" / "a.png").write_bytes(b"no photo")
    (folder / "photos" / "b.png").unlink()
    (folder / "avatars" / "bob.png").write_bytes(picture())
    with caplog.at_level(logging.WARNING):
        result = evaluate(folder, squares())
    assert result.recall == 0.0
    assert (result.probes, result.photos) == (2, 4)
    named = [name for name in ("a.png", "b.png", "bob.png") if any(name in line for line in caplog.messages)]
    assert named == ["a.png", "b.png", "bob.png"]


def test_photos_that_the_truth_does_not_name_are_left_out(tmp_path: Path) -> None:
    folder = event(tmp_path)
    write(folder / "photos" / "unknown.png", picture(GREEN))
    assert len(read_labelled(folder).gallery) == 4


@pytest.mark.parametrize("truth", [b"", b"[]", b"{}", b'{"photos": [1]}', b'{"photos": {"a.png": 3}}'])
def test_bad_labels_are_named(tmp_path: Path, truth: bytes) -> None:
    folder = event(tmp_path)
    (folder / "truth.json").write_bytes(truth)
    with pytest.raises(FindMeError, match=r"truth\.json"):
        evaluate(folder, squares())


def test_other_layouts_are_refused_with_what_is_expected(tmp_path: Path) -> None:
    write(tmp_path / "loose" / "a.png", picture(RED))
    write(tmp_path / "lone" / "ann" / "a.png", picture(RED))
    (tmp_path / "half" / "avatars").mkdir(parents=True)
    for folder in ("absent", "loose", "lone", "half"):
        with pytest.raises(FindMeError, match="FOLDER/PERSON"):
            evaluate(tmp_path / folder, squares())
