"""Runs of the queue: shared by worker processes that are killed, doubled, stopped; refused, cancelled."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from pipeline.errors import EventBusy, InvalidEventName
from pipeline.finder import PhotoFinder
from pipeline.index_queue import IndexQueue
from pipeline.runs import RunRequest, RunState
from pipeline.shared_indexing import GivenBack, SharedIndexing
from pipeline.sources.folder import FolderSource
from pipeline.store import Store
from pipeline.store import queue as queue_rows
from pipeline.types import EventKey
from tests.databases import own_database
from tests.fakes.recognizer import RED, YELLOW, FakeRecognizers, picture
from tests.workers import Workers, done, ended, fill, kill, rows, wait_for, workers

KEY = EventKey("crab-week", "T1", "C1")


@pytest.fixture
def queue(store: Store) -> IndexQueue:
    return IndexQueue(store)


@pytest.fixture
def crew(database_url: str) -> Iterator[Workers]:
    with workers(database_url) as crew:
        yield crew


@pytest.fixture
def finder(store: Store) -> PhotoFinder:
    return PhotoFinder(store, FakeRecognizers(), FolderSource, workers=1)


def submit(queue: IndexQueue, folder: Path, key: EventKey = KEY) -> int:
    run_id = queue.submit(RunRequest(key, str(folder), asked_by="U1"))
    assert run_id is not None
    return run_id


def test_a_worker_brings_an_event_up_to_date(
    queue: IndexQueue, crew: Workers, finder: PhotoFinder, tmp_path: Path
) -> None:
    fill(tmp_path, 20)
    waiting = queue.run(submit(queue, tmp_path))
    assert waiting is not None
    assert (waiting.state, waiting.progress, waiting.request.asked_by) == (RunState.WAITING, None, "U1")
    worker = crew.start()
    run = ended(queue, waiting.id)
    assert (run.state, run.added, run.skipped, run.removed) == (RunState.DONE, 20, 1, 0)
    assert run.progress is not None
    assert (run.progress.done, run.progress.total, run.progress.faces, run.progress.failed) == (22, 22, 40, 1)
    report = queue.report(run)
    assert (report.event, report.photos, report.faces) == ("crab-week", 20, 40)
    assert [failure.photo for failure in report.failed] == ["bad.png"]
    assert finder.event("crab-week", "T1").key == KEY

    (tmp_path / "new.png").write_bytes(picture(RED, seed=900))
    (tmp_path / "001.png").unlink()
    again = ended(queue, submit(queue, tmp_path))
    assert (again.added, again.skipped, again.removed) == (1, 20, 1)
    assert queue.report(again).photos == 20
    wait_for(lambda: queue.state().workers == 1 and queue.state().running == 0)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(30) == 0
    assert queue.state() == queue_rows.QueueState(0, 0, 0, 0)
