"""Listings of sources: cancelled, given back, cut short."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.errors import DatabaseUnavailable
from pipeline.index_queue import IndexQueue
from pipeline.range_reader import GivenBack
from pipeline.runs import RunState
from pipeline.shared_indexing import LOOK_EVERY, MOST_LISTINGS, SharedIndexing
from pipeline.sources.folder import FolderSource
from pipeline.store import Store
from pipeline.types import SourceEntry
from tests.fakes.recognizer import FakeRecognizers
from tests.workers import end_connections, ended, fill, submit


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    fill(tmp_path / "photos", 8)
    return tmp_path / "photos"


class Endless(FolderSource):
    """A folder of very many photos, which counts how many were listed."""

    listed = 0

    def entries(self) -> Iterator[SourceEntry]:
        for number in range(100_000):
            Endless.listed = number
            self.at(number)
            yield SourceEntry(f"{number}.jpg", 1, "1")

    def at(self, number: int) -> None:
        """Something happens meanwhile."""


def test_a_listing_ends_when_the_run_is_cancelled(queue: IndexQueue, store: Store, tmp_path: Path) -> None:
    run_id = submit(queue, tmp_path)

    class Unwanted(Endless):
        def at(self, number: int) -> None:
            if number == LOOK_EVERY + 1:
                assert queue.cancel(run_id)

    SharedIndexing(store, FakeRecognizers(), Unwanted).list_source(run_id)
    assert Endless.listed <= 2 * LOOK_EVERY
    assert ended(queue, run_id).state is RunState.CANCELLED


def test_a_listing_that_a_worker_gives_back_does_not_count_against_the_source(
    queue: IndexQueue, store: Store, folder: Path
) -> None:
    run_id = submit(queue, folder)
    for _ in range(MOST_LISTINGS + 1):
        with pytest.raises(GivenBack):
            SharedIndexing(store, FakeRecognizers(), Endless).list_source(run_id, lambda: True)
    assert Endless.listed == 0

    class Cut(FolderSource):
        def entries(self) -> Iterator[SourceEntry]:
            end_connections(store.url)
            yield from super().entries()

    shared = SharedIndexing(store, FakeRecognizers(), Cut)
    for _ in range(MOST_LISTINGS + 1):
        with pytest.raises(DatabaseUnavailable):
            shared.list_source(run_id)
    SharedIndexing(store, FakeRecognizers(), FolderSource).list_source(run_id)
    run = queue.run(run_id)
    assert run is not None
    assert run.state is RunState.READING
