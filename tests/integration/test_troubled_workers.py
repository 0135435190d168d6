"""Workers in trouble that is no photo's: the photo store, their own set-up, the system."""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from bot.queued import QueuedIndexer
from bot.runs import Running
from pipeline.crew import Crew
from pipeline.index_queue import IndexQueue
from pipeline.keeping import Keeper
from pipeline.patience import Patience
from pipeline.photo_store.folder import FolderStore
from pipeline.runs import RunState
from pipeline.shared_indexing import SharedIndexing
from pipeline.sources.folder import FolderSource
from pipeline.store import Store
from pipeline.types import IndexReport
from pipeline.waiting import Postponed
from tests.fakes.recognizer import FakeRecognizers
from tests.workers import KEY, Workers, ended, fill, never, submit, wait_for

QUICK = Patience(first=0.01, longest=0.05, whole=60.0)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    fill(tmp_path / "photos", 8)
    return tmp_path / "photos"


def test_a_photo_store_in_trouble_is_waited_for(
    queue: IndexQueue, store: Store, folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "kept").write_text("a file where the folder is to be")
    keeper = Keeper(FolderStore(tmp_path / "kept"), lambda _: True)
    shared = SharedIndexing(store, FakeRecognizers(), FolderSource, batch=100, keeper=keeper, patience=QUICK)
    run_id = submit(queue, folder)
    shared.list_source(run_id)
    for _ in range(5):
        with pytest.raises(Postponed):
            shared.read_photos(run_id, 0, 99, never)
        threading.Event().wait(0.06)
    run = queue.run(run_id)
    assert run is not None
    assert run.progress is not None
    assert "photo store" in run.progress.trouble
    (tmp_path / "kept").unlink()
    shared.read_photos(run_id, 0, 99, never)
    shared.close_run(run_id)
    assert ended(queue, run_id).added == 8
    assert len(list((tmp_path / "kept").rglob("photos/*"))) == 8


def test_trouble_that_lasts_ends_the_run_with_what_to_do(
    queue: IndexQueue, store: Store, folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "kept").write_text("a file where the folder is to be")
    keeper = Keeper(FolderStore(tmp_path / "kept"), lambda _: True)
    brief = Patience(first=0.01, longest=0.01, whole=0.1)
    shared = SharedIndexing(store, FakeRecognizers(), FolderSource, keeper=keeper, patience=brief)
    run_id = submit(queue, folder)
    shared.list_source(run_id)

    def given_up() -> bool:
        try:
            shared.read_photos(run_id, 0, 99, never)
        except Postponed:
            return False
        return True

    wait_for(given_up)
    run = ended(queue, run_id)
    assert run.state is RunState.FAILED
    assert "FINDME_PHOTO_STORE" in str(run.reason)
    assert "index the event again to continue" in str(run.reason)


def test_a_worker_that_is_not_fit_leaves_the_work_to_others(
    queue: IndexQueue, store: Store, crew: Workers, folder: Path
) -> None:
    run_id = submit(queue, folder)
    SharedIndexing(store, FakeRecognizers(), FolderSource, batch=4).list_source(run_id)
    unfit = crew.start(unfit=True)
    wait_for(lambda: queue.state().workers == 1)
    wait_for(lambda: queue.state().workers == 0)  # it rests
    crew.start(0.05)
    run = ended(queue, run_id)
    assert (run.state, run.added) == (RunState.DONE, 8)
    assert [failure.photo for failure in queue.report(run).failed] == ["bad.png"]
    assert unfit.poll() is None


def test_who_alone_cannot_reach_a_source_is_not_fit_either(
    queue: IndexQueue, store: Store, folder: Path, tmp_path: Path
) -> None:
    """As a machine that has not mounted the disk: the others need not wait for it."""
    elsewhere = SharedIndexing(
        store, FakeRecognizers(), lambda _: FolderSource(tmp_path / "nothing"), batch=4, patience=QUICK
    )
    here = SharedIndexing(store, FakeRecognizers(), FolderSource, batch=4, patience=QUICK)
    run_id = submit(queue, folder)
    here.list_source(run_id)
    with pytest.raises(Postponed) as first:
        elsewhere.read_photos(run_id, 0, 3, never)
    threading.Event().wait(first.value.seconds + 0.05)
    here.read_photos(run_id, 4, 7, never)
    with pytest.raises(Postponed) as second:
        elsewhere.read_photos(run_id, 0, 3, never)
    assert (first.value.unfit, second.value.unfit) == (False, True)
    here.read_photos(run_id, 0, 3, never)
    here.read_photos(run_id, 8, 99, never)
    here.close_run(run_id)
    assert ended(queue, run_id).added == 8


def test_a_crew_whose_process_cannot_be_started_tries_again(tmp_path: Path) -> None:
    program = tmp_path / "program"
    with Crew([str(program)], 1) as crew:
        threading.Event().wait(0.1)
        assert crew.pids() == []
        made = tmp_path / "made"
        made.write_text(f"#!{sys.executable}\nimport time\ntime.sleep(600)\n")
        made.chmod(0o755)
        made.rename(program)
        wait_for(lambda: len(crew.pids()) == 1)


class Clumsy:
    """A listener that fails at its first progress."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.report: IndexReport | None = None

    def start(self) -> None:
        """The run begins."""

    def progress(self, _run: Running) -> None:
        self.heard.append("progress")
        if len(self.heard) == 1:
            raise RuntimeError("it stumbles")

    def finish(self, report: IndexReport) -> None:
        self.report = report

    def fail(self, sentence: str) -> None:
        self.heard.append(sentence)

    @property
    def told(self) -> bool:
        return self.report is not None

    def leave(self) -> None:
        """Somebody else goes on."""

    def address(self) -> dict[str, Any] | None:
        return None


def test_a_run_is_followed_to_its_end_though_telling_of_it_fails_once(
    queue: IndexQueue, store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bot.indexer import IndexRequest

    monkeypatch.setattr("bot.reporting.EVERY_SECONDS", 0.02)
    indexer, listener = QueuedIndexer(queue), Clumsy()
    try:
        indexer.submit(IndexRequest(KEY, str(folder)), listener)
        run_id = queue.unfinished()[0].id
        shared = SharedIndexing(store, FakeRecognizers(), FolderSource, batch=100)
        shared.list_source(run_id)
        wait_for(lambda: len(listener.heard) >= 2)
        shared.read_photos(run_id, 0, 99, never)
        shared.close_run(run_id)
        wait_for(lambda: listener.report is not None)
    finally:
        indexer.close()
