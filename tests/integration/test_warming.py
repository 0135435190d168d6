"""Which recognizers `findme serve` loads before it listens."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from bot.running import _warm
from pipeline.errors import WeightsUnavailable
from pipeline.finder import PhotoFinder
from pipeline.recognizers import Recognizer
from pipeline.sources.folder import FolderSource
from pipeline.store import Store
from pipeline.types import EventKey
from tests.fakes.recognizer import RED, FakeRecognizers, picture, squares


class Noted(FakeRecognizers):
    """Remembers what was to be warmed."""

    def __init__(self, *recognizers, missing=()) -> None:
        super().__init__(*recognizers, missing=missing)
        self.warmed: list[str] = []

    def get(self, name: str | None = None) -> Recognizer:
        found = super().get(name)
        self.warmed.append(found.name)
        return found


@pytest.fixture
def with_events(store: Store, tmp_path: Path) -> Store:
    """An event of circles and one of stars."""
    (tmp_path / "a.png").write_bytes(picture(RED))
    finder = PhotoFinder(store, FakeRecognizers(squares("circles"), squares("stars")), FolderSource)
    for name in ("circles", "stars"):
        finder.index(FolderSource(tmp_path), EventKey(name), recognizer=name)
    return store


def test_the_default_and_those_of_the_events_are_warm_and_no_other(with_events: Store) -> None:
    registry = Noted(*(squares(name) for name in ("squares", "circles", "stars", "moons")))
    _warm(PhotoFinder(with_events, registry, FolderSource))
    assert registry.warmed == ["squares", "circles", "stars"]


def test_an_events_recognizer_that_cannot_be_had_does_not_stop_the_bot(
    with_events: Store, caplog: pytest.LogCaptureFixture
) -> None:
    registry = Noted(squares(), squares("stars"), missing=("circles",))
    with caplog.at_level(logging.WARNING):
        _warm(PhotoFinder(with_events, registry, FolderSource))
    assert registry.warmed == ["squares", "stars"]
    assert "the events of circles cannot be searched: The weights of circles cannot be had" in caplog.text


def test_a_default_that_cannot_be_had_does(store: Store) -> None:
    registry = Noted(squares(), missing=("stars",))
    registry.default = "stars"
    with pytest.raises(WeightsUnavailable):
        _warm(PhotoFinder(store, registry, FolderSource))
