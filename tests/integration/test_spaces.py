"""A space belongs to one model: another one under its name and version is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.errors import SpaceMismatch
from pipeline.finder import PhotoFinder
from pipeline.sources.folder import FolderSource
from pipeline.store import Store, spaces
from pipeline.types import EventKey
from tests.fakes.recognizer import RED, FakeRecognizers, picture, squares


def finder_with(store: Store, *, version: int, weights: bytes) -> PhotoFinder:
    """A finder whose model has these weights."""
    own = replace(squares("own", version), weights=weights)
    return PhotoFinder(store, FakeRecognizers(own), lambda path: FolderSource(Path(path)), workers=1)


def test_another_model_needs_another_version(store: Store, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(picture(RED))
    source, key = FolderSource(tmp_path), EventKey("crabs")
    former = finder_with(store, version=1, weights=b"a" * 32)
    former.index(source, key)
    former.index(source, key)

    changed = finder_with(store, version=1, weights=b"b" * 32)
    for attempt in (lambda: changed.find(changed.probe(picture(RED))), lambda: changed.index(source, key)):
        with pytest.raises(SpaceMismatch, match=r"holds as own-1 .* another version in its TOML file"):
            attempt()

    raised = finder_with(store, version=2, weights=b"b" * 32)
    raised.reindex(raised.event("crabs"))
    assert [match.photo for match in raised.find(raised.probe(picture(RED))).matches] == ["a.png"]


def test_a_space_from_before_takes_the_weights_that_come_first(store: Store) -> None:
    with store.transaction() as connection:
        space = spaces.ensure(connection, "own-1", "own", 64)
        assert spaces.ensure(connection, "own-1", "own", 64, b"a" * 32) == space
        with pytest.raises(SpaceMismatch, match="other weights"):
            spaces.ensure(connection, "own-1", "own", 64, b"b" * 32)
        with pytest.raises(SpaceMismatch, match="gives 32 numbers a face, not 64"):
            spaces.ensure(connection, "own-1", "own", 32, b"a" * 32)
        assert spaces.ensure(connection, "own-1", "own", 64) == space, "who says nothing is let in"
