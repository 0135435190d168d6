"""A database that goes away, waits or refuses: no photo is blamed but the one whose values it refuses."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import psycopg
import pytest
from numpy.typing import NDArray

from pipeline.errors import DatabaseUnavailable
from pipeline.index_queue import IndexQueue
from pipeline.patience import Patience
from pipeline.runs import RunState
from pipeline.shared_indexing import SharedIndexing
from pipeline.sources.folder import FolderSource
from pipeline.store import Store
from pipeline.types import Pixels
from tests.fakes.recognizer import YELLOW, Colours, FakeRecognizers, picture, squares
from tests.workers import end_connections, ended, fill, never, submit, wait_for

QUICK = Patience(first=0.01, longest=0.05, whole=60.0)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    fill(tmp_path / "photos", 8)
    return tmp_path / "photos"


def attempts(store: Store) -> set[int]:
    """How often photos that are not looked at yet count as begun."""
    with store.transaction() as connection:
        return {
            row[0] for row in connection.execute("SELECT attempts FROM index_entries WHERE outcome IS NULL")
        }


class Severed(FolderSource):
    """A folder during whose reading the database goes away, as often as is said."""

    times = 0

    def read(self, name: str) -> bytes:
        data = super().read(name)
        if name == "003.png" and Severed.times:
            Severed.times -= 1
            end_connections(self.url)
        return data

    url = ""


def test_a_database_that_goes_away_twice_over_the_same_photo_does_not_make_it_a_poisonous_one(
    queue: IndexQueue, store: Store, folder: Path
) -> None:
    Severed.times, Severed.url = 4, store.url
    shared = SharedIndexing(store, FakeRecognizers(), Severed, batch=100, patience=QUICK)
    run_id = submit(queue, folder)
    shared.list_source(run_id)
    for _ in range(4):
        with pytest.raises(DatabaseUnavailable):
            shared.read_photos(run_id, 0, 99, never)
    assert Severed.times == 0
    shared.read_photos(run_id, 0, 99, never)
    shared.close_run(run_id)
    run = ended(queue, run_id)
    assert (run.state, run.added) == (RunState.DONE, 8)
    assert [failure.photo for failure in queue.report(run).failed] == ["bad.png"]


def test_a_database_in_trouble_is_not_blamed_on_the_photo_in_hand(
    queue: IndexQueue, store: Store, folder: Path
) -> None:
    """The question whether the photo's bytes are known fails, and nothing else does."""

    class Locking(FolderSource):
        """Somebody alters the table, just when a photo has been read."""

        def read(self, name: str) -> bytes:
            if name == "003.png":
                altering.execute("LOCK TABLE photos IN ACCESS EXCLUSIVE MODE")
            return super().read(name)

    run_id = submit(queue, folder)
    shared = SharedIndexing(store, FakeRecognizers(), Locking, batch=100, patience=QUICK)
    shared.list_source(run_id)
    with psycopg.connect(store.url) as altering:

        def cancel() -> None:
            """Ends the question that waits, and then what it waits for."""
            waits = "FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
            with psycopg.connect(store.url, autocommit=True) as other:
                wait_for(lambda: bool(other.execute(f"SELECT pg_cancel_backend(pid) {waits}").fetchall()))
                wait_for(lambda: not other.execute(f"SELECT {waits}").fetchall())
            altering.rollback()

        canceller = threading.Thread(target=cancel)
        canceller.start()
        with pytest.raises(DatabaseUnavailable):
            shared.read_photos(run_id, 0, 99, never)
        canceller.join()
    assert attempts(store) == {0}
    SharedIndexing(store, FakeRecognizers(), FolderSource).read_photos(run_id, 0, 99, never)
    shared.close_run(run_id)
    assert [failure.photo for failure in queue.report(ended(queue, run_id)).failed] == ["bad.png"]


class Unstorable(Colours):
    """An embedder that makes something of yellow that is no number."""

    def embed(self, chips: Sequence[Pixels]) -> NDArray[np.float32]:
        found = super().embed(chips)
        found[np.abs(found - np.array(YELLOW) / 255).max(axis=1) < 0.05] = np.nan
        return found


def test_a_photo_of_which_the_database_refuses_a_value_is_failed_by_name(
    queue: IndexQueue, store: Store, folder: Path
) -> None:
    (folder / "002-odd.png").write_bytes(picture(YELLOW, seed=700))
    recognizers = FakeRecognizers(replace(squares(), embedder=Unstorable()))
    shared = SharedIndexing(store, recognizers, FolderSource, batch=100, patience=QUICK)
    run_id = submit(queue, folder)
    shared.list_source(run_id)
    shared.read_photos(run_id, 0, 99, never)
    shared.close_run(run_id)
    run = ended(queue, run_id)
    assert (run.state, run.added) == (RunState.DONE, 8)
    failed = {failure.photo: failure.reason for failure in queue.report(run).failed}
    assert failed.keys() == {"002-odd.png", "bad.png"}
    assert "The database refused a value" in failed["002-odd.png"]
