"""/index-event with an uploaded ZIP archive on the queue: the request is kept, and a worker fetches."""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bot import words
from bot.playground import Playground
from bot.queued import QueuedIndexer
from bot.settings import Settings
from bot.slack.downloads import Downloader
from bot.wiring import keeper, source_opener
from pipeline.finder import PhotoFinder
from pipeline.index_queue import IndexQueue
from pipeline.range_reader import GivenBack
from pipeline.runs import RunState
from pipeline.shared_indexing import SharedIndexing
from pipeline.store import Store
from tests.acceptance.slack_sources.sharing import archive
from tests.acceptance.world import World, world
from tests.fakes.recognizer import FakeRecognizers
from tests.workers import wait_for

SIZE = len(archive()[1])
HALF = words.fetching(SIZE // 2, SIZE)


@pytest.fixture
def findme(finder: PhotoFinder, queue: IndexQueue, slack: Playground, settings: Settings) -> Iterator[World]:
    """The bot that has workers index; none is there."""
    data = str(settings.data_dir)
    with world(finder, slack, indexer=QueuedIndexer(queue), FINDME_DATA_DIR=data) as place:
        yield place


@pytest.fixture
def steps(store: Store, settings: Settings) -> SharedIndexing:
    """What a worker does."""
    return SharedIndexing(store, FakeRecognizers(), source_opener(settings), keeper=keeper(settings))


def requested(findme: World, queue: IndexQueue) -> int:
    """Eileen uploads an archive; the run."""
    findme.slack.mention(findme.eileen, findme.crabs, "index week", [archive()])
    wait_for(lambda: bool(queue.unfinished()))
    return queue.unfinished()[0].id


def halfway(monkeypatch: pytest.MonkeyPatch, then: Callable[[], object]) -> None:
    """Something happens when half of an archive has come."""
    whole = Downloader.save

    def save(self: Downloader, *args: Any, progress: Callable[[int], None], **more: Any) -> None:
        progress(SIZE // 2)
        then()
        whole(self, *args, progress=progress, **more)

    monkeypatch.setattr(Downloader, "save", save)
    monkeypatch.setattr("pipeline.bringing.EVERY_SECONDS", 0.0)


def test_the_request_is_kept_before_the_archive_is_fetched(findme: World, queue: IndexQueue) -> None:
    findme.slack.fail("download", "hang", times=None, seconds=30)
    requested(findme, queue)
    findme.parent(findme.crabs, "Indexing *week*")
    findme.index("status")
    findme.told("*week*: waiting")
    findme.slack.mention(findme.eileen, findme.crabs, "index week", [archive()])
    findme.slack.wait_for(lambda: "is being indexed already" in str(findme.posted()))
    findme.index("cancel week")
    findme.parent(findme.crabs, "It was cancelled")
    assert queue.unfinished() == []


def test_a_worker_fetches_and_says_how_far_it_is(
    findme: World, queue: IndexQueue, steps: SharedIndexing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = requested(findme, queue)

    def look() -> None:
        findme.parent(findme.crabs, HALF + "…")
        findme.index("status")
        findme.told(f"*week*: {HALF}")

    (tmp_path / "uploads").mkdir()
    left = tmp_path / "uploads" / f"T0PLAYGRND-{_file(queue)}.zip.dead.part"
    left.write_bytes(b"PK")  # by a process that was killed
    halfway(monkeypatch, look)
    steps.list_source(run_id)
    assert not left.exists()
    steps.read_photos(run_id, 0, 2, lambda: False)
    steps.close_run(run_id)
    assert "2 photos with 3 faces" in findme.parent(findme.crabs, "*week* is ready").text


def test_a_worker_that_is_stopped_in_the_middle_leaves_the_fetching_to_the_next(
    findme: World, queue: IndexQueue, steps: SharedIndexing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = requested(findme, queue)
    halfway(monkeypatch, lambda: None)
    with pytest.raises(GivenBack):
        steps.list_source(run_id, lambda: True)
    assert [path.suffix for path in (tmp_path / "uploads").iterdir()] == [".lock"]
    halfway(monkeypatch, lambda: queue.cancel(run_id))
    steps.list_source(run_id)
    assert [path.suffix for path in (tmp_path / "uploads").iterdir()] == [".lock"]
    run = queue.run(run_id)
    assert run is not None
    assert run.state is RunState.CANCELLED


def test_so_does_one_that_only_reads_and_lacks_the_copy(
    findme: World, queue: IndexQueue, steps: SharedIndexing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = requested(findme, queue)
    steps.list_source(run_id)
    copy = tmp_path / "uploads" / f"T0PLAYGRND-{_file(queue)}.zip"
    copy.unlink()  # as on another machine
    stopped: list[bool] = []
    halfway(monkeypatch, lambda: stopped.append(True))
    with pytest.raises(GivenBack):
        steps.read_photos(run_id, 0, 2, lambda: bool(stopped))
    assert stopped
    assert not copy.exists()


def test_a_worker_that_waits_for_anothers_fetching_can_be_stopped(
    findme: World, queue: IndexQueue, steps: SharedIndexing, tmp_path: Path
) -> None:
    run_id = requested(findme, queue)
    (tmp_path / "uploads").mkdir()
    with (tmp_path / "uploads" / f"T0PLAYGRND-{_file(queue)}.zip.lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(GivenBack):
            steps.list_source(run_id, lambda: True)


def _file(queue: IndexQueue) -> str:
    return queue.unfinished()[0].request.source.rpartition("/")[2]
