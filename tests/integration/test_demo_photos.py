"""The sample event: complete, the same every time, and honest about who is on it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from bot.demo import pictures
from bot.demo.photos import SHOTS, DemoEvent, build
from pipeline import images
from pipeline.errors import FindMeError
from pipeline.evaluation import evaluate
from pipeline.registry import Recognizers


@pytest.fixture(scope="module")
def event(tmp_path_factory: pytest.TempPathFactory) -> DemoEvent:
    return build(tmp_path_factory.mktemp("event"))


def names(event: DemoEvent) -> set[str]:
    return {path.name for path in event.photos.iterdir()}


def test_is_an_event_in_the_layout_of_labelled_events(event: DemoEvent) -> None:
    said = json.loads((event.photos.parent / "truth.json").read_text())["photos"]
    assert set(said) == names(event)
    assert len(said) == len(SHOTS) == 36
    assert event.truth == {
        person: frozenset(name for name, people in said.items() if person in people)
        for person in ("eileen", "grace")
    }
    assert event.truth["eileen"] & event.truth["grace"], "some photos show both"
    assert names(event) - event.truth["eileen"] - event.truth["grace"], "some show nobody"


def test_its_photos_differ_in_size_and_some_lie_on_their_side(event: DemoEvent) -> None:
    data = [path.read_bytes() for path in event.photos.iterdir()]
    sizes = {(image.width, image.height) for image in map(images.decode, data)}
    assert len(sizes) >= 5
    assert all(900_000 < width * height < 3_200_000 for width, height in sizes)
    turned = [images.opening.open_photo(one).getexif().get(0x0112) for one in data]
    assert {3, 6, 8} <= set(turned)


def test_avatars_are_none_of_its_photos(event: DemoEvent) -> None:
    digests = {hashlib.sha256(path.read_bytes()).digest() for path in event.photos.iterdir()}
    assert len(digests) == len(SHOTS)
    assert list(event.avatars) == ["eileen", "grace"]
    for avatar in event.avatars.values():
        assert hashlib.sha256(avatar.read_bytes()).digest() not in digests


def test_the_same_seed_gives_the_same_bytes(event: DemoEvent, tmp_path: Path) -> None:
    again = build(tmp_path)
    assert names(again) == names(event)
    for name in names(event):
        assert (again.photos / name).read_bytes() == (event.photos / name).read_bytes()


def test_the_default_recognizer_finds_everybody_and_nobody_else(event: DemoEvent, models: Path) -> None:
    measured = evaluate(event.photos.parent, Recognizers(models).get())
    assert (measured.recall, measured.precision, measured.map) == (1.0, 1.0, 1.0)


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pictures.portrait.cache_clear()
    pictures.scene.cache_clear()
    monkeypatch.setattr(pictures.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(FindMeError, match="scikit-image and Matplotlib"):
        build(tmp_path)
