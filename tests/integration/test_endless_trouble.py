"""Trouble comes to an end: after tries that last for long, and without holding up other runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from pipeline.errors import SourceAway
from pipeline.index_queue import IndexQueue
from pipeline.patience import Patience
from pipeline.runs import IndexRun, RunState
from pipeline.shared_indexing import SharedIndexing
from pipeline.sources.folder import FolderSource
from pipeline.store import Store
from pipeline.types import EventKey, SourceEntry
from pipeline.waiting import Postponed
from tests.fakes.recognizer import FakeRecognizers, squares
from tests.workers import Workers, ended, fill, submit, wait_for

NO_PAUSE = Patience(first=0.0, longest=0.0)
HOUR = 3600


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    fill(tmp_path / "photos", 8)
    return tmp_path / "photos"


def pass_time(url: str, seconds: int) -> None:
    """Makes whatever is noted of runs so much older."""
    with psycopg.connect(url) as connection:
        connection.execute(
            "UPDATE index_runs SET trouble_since = trouble_since - make_interval(secs => %(seconds)s),"
            " retry_at = retry_at - make_interval(secs => %(seconds)s)",
            {"seconds": seconds},
        )


class Slow(FolderSource):
    """A folder that says after a long time that it is away."""

    seconds, url = 0, ""

    def entries(self) -> Iterator[SourceEntry]:
        pass_time(self.url, self.seconds)
        raise SourceAway("The archive does not come. Wait.")
        yield


def run_of(queue: IndexQueue, run_id: int) -> IndexRun:
    run = queue.run(run_id)
    assert run is not None
    return run


@pytest.mark.parametrize(("known", "busy"), [(False, 0), (True, 0), (True, 3 * HOUR)])
def test_tries_that_last_for_long_come_to_an_end(
    queue: IndexQueue, store: Store, folder: Path, known: bool, busy: int
) -> None:
    """With the only worker busy elsewhere between them, or not; a new event ends after its second try."""
    if known:
        shared = SharedIndexing(store, FakeRecognizers(), FolderSource, batch=100)
        run_id = submit(queue, folder)
        shared.list_source(run_id)
        shared.read_photos(run_id, 0, 99, lambda: False)
        shared.close_run(run_id)
    Slow.seconds, Slow.url = 20 * 60, store.url
    run_id = submit(queue, folder)
    slow = SharedIndexing(store, FakeRecognizers(), Slow, patience=NO_PAUSE)
    for _ in range(2 if known else 1):
        with pytest.raises(Postponed) as postponed:
            slow.list_source(run_id)
        assert not postponed.value.unfit
        pass_time(store.url, busy)
    slow.list_source(run_id)
    run = run_of(queue, run_id)
    assert run.state is RunState.FAILED
    assert "The archive does not come." in str(run.reason)


def test_time_in_which_nobody_tried_does_not_count(queue: IndexQueue, store: Store, folder: Path) -> None:
    run_id = submit(queue, folder)
    SharedIndexing(store, FakeRecognizers(), FolderSource).list_source(run_id)
    folder.rename(folder.with_name("away"))
    shared = SharedIndexing(store, FakeRecognizers(), FolderSource, patience=NO_PAUSE)
    for _ in range(3):
        with pytest.raises(Postponed):
            shared.read_photos(run_id, 0, 99, lambda: False)
        pass_time(store.url, 5 * HOUR)


def test_a_run_that_nobody_is_fit_for_holds_up_no_other(
    queue: IndexQueue, store: Store, crew: Workers, folder: Path
) -> None:
    """Whether the worker cannot list it or cannot read it: its jobs come after those of all others."""
    unread = submit(queue, folder, EventKey("unread", "T1", "C1"), "another")
    SharedIndexing(store, FakeRecognizers(squares("another")), FolderSource, batch=2).list_source(unread)
    unlisted = submit(queue, folder, EventKey("unlisted", "T1", "C1"), "another")
    crew.start()
    wait_for(lambda: all(in_trouble(queue, run_id) for run_id in (unread, unlisted)))
    healthy = submit(queue, folder, EventKey("healthy", "T1", "C1"))
    run = ended(queue, healthy)
    assert (run.state, run.added) == (RunState.DONE, 8)
    assert not any(run_of(queue, run_id).state.ended for run_id in (unread, unlisted))

    crew.start(unfit=True)  # for the one, and fit for the others
    assert [ended(queue, run_id).state for run_id in (unread, unlisted)] == [RunState.DONE] * 2


def in_trouble(queue: IndexQueue, run_id: int) -> bool:
    """Whether a run waits for a worker that is fit."""
    progress = run_of(queue, run_id).progress
    return progress is not None and progress.trouble != ""
