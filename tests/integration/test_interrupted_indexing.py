"""Indexing that is stopped, fails, is killed, or is asked for twice at once."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from pipeline.errors import (
    EventBusy,
    Interrupted,
)
from pipeline.finder import PhotoFinder
from pipeline.sources.folder import FolderSource
from pipeline.store import Store
from pipeline.types import EventKey, Progress
from tests.databases import own_database
from tests.fakes.recognizer import RED, FakeRecognizers, picture
from tests.workers import fill, rows

KEY = EventKey("crab-week")


@pytest.fixture
def finder(store: Store) -> PhotoFinder:
    return PhotoFinder(store, FakeRecognizers(), FolderSource, workers=2)


def test_stop_keeps_what_is_done_and_the_next_run_continues(finder: PhotoFinder, tmp_path: Path) -> None:
    for number in range(30):
        (tmp_path / f"{number:02}.png").write_bytes(picture(RED, seed=number))
    stop = threading.Event()

    def progress(state: Progress) -> None:
        if state.done == 5:
            stop.set()

    with pytest.raises(Interrupted) as stopped:
        finder.index(FolderSource(tmp_path), KEY, progress=progress, stop=stop)
    kept = stopped.value.report.added
    assert 5 <= kept < 30
    assert finder.event("crab-week").photos == kept
    report = finder.index(FolderSource(tmp_path), KEY)
    assert (report.photos, report.added, report.skipped) == (30, 30 - kept, kept)


def test_an_error_of_the_progress_callback_ends_the_run_and_frees_the_event(
    finder: PhotoFinder, tmp_path: Path
) -> None:
    def progress(state: Progress) -> None:
        raise RuntimeError(state.photo)

    fill(tmp_path, 4)
    with pytest.raises(RuntimeError):
        finder.index(FolderSource(tmp_path), KEY, progress=progress)
    assert finder.index(FolderSource(tmp_path), KEY).photos == 4


INDEX = """
import sys
from pathlib import Path
from pipeline.finder import PhotoFinder
from pipeline.sources.folder import FolderSource
from pipeline.store import Store
from pipeline.types import EventKey
from tests.databases import own_database
from tests.fakes.recognizer import FakeRecognizers, squares

url, folder, seconds = sys.argv[1:]
with Store.open(url) as store:
    finder = PhotoFinder(store, FakeRecognizers(squares(seconds=float(seconds))), FolderSource, workers=2)
    tell = lambda progress: print(progress.done, flush=True)
    finder.index(FolderSource(Path(folder)), EventKey("crab-week"), progress=tell)
"""


def start_indexing(url: str, folder: Path, seconds: float) -> subprocess.Popen[str]:
    """Another process that indexes, and prints how many photos are done."""
    return subprocess.Popen(
        [sys.executable, "-c", INDEX, url, str(folder), str(seconds)], stdout=subprocess.PIPE, text=True
    )


def test_killed_runs_lose_and_double_nothing(
    finder: PhotoFinder, tmp_path: Path, database_url: str, database_server: str
) -> None:
    fill(tmp_path, 40)
    for photos in (6, 18):
        with start_indexing(database_url, tmp_path, 0.02) as process:
            assert process.stdout is not None
            for line in process.stdout:
                if int(line) >= photos:
                    break
            process.send_signal(signal.SIGKILL)
    assert 0 < finder.event("crab-week").photos < 40
    report = index_when_free(finder, tmp_path)
    assert (report.photos, report.faces) == (40, 80)
    with own_database(database_server) as undisturbed:
        with Store.open(undisturbed) as other:
            PhotoFinder(other, FakeRecognizers(), FolderSource).index(FolderSource(tmp_path), KEY)
        assert rows(database_url) == rows(undisturbed)


def index_when_free(finder: PhotoFinder, folder: Path):  # type: ignore[no-untyped-def]
    """Indexes; the server may need a moment to notice that a process was killed."""
    while True:
        try:
            return finder.index(FolderSource(folder), KEY)
        except EventBusy:
            time.sleep(0.05)


def test_an_event_is_indexed_by_one_at_a_time(finder: PhotoFinder, tmp_path: Path, database_url: str) -> None:
    for number in range(20):
        (tmp_path / f"{number:02}.png").write_bytes(picture(RED, seed=number))
    with start_indexing(database_url, tmp_path, 0.2) as process:
        assert process.stdout is not None
        process.stdout.readline()
        with pytest.raises(EventBusy):
            finder.index(FolderSource(tmp_path), EventKey("Crab-Week"))
        with pytest.raises(EventBusy):
            finder.forget_event(finder.event("crab-week"))
        assert finder.find(finder.probe(picture(RED))).matches  # searching goes on meanwhile
        process.kill()
