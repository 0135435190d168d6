"""A source that goes away in the middle of a run and comes back: nothing is lost, and nobody is blamed."""

from __future__ import annotations

import logging
import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot import wiring
from bot.replies import indexing as messages
from bot.runs import Running
from bot.status import status
from pipeline import indexing
from pipeline.errors import Interrupted, SourceAway
from pipeline.finder import PhotoFinder
from pipeline.index_queue import IndexQueue
from pipeline.patience import Patience
from pipeline.runs import IndexRun, RunState
from pipeline.shared_indexing import SharedIndexing
from pipeline.sources.folder import FolderSource
from pipeline.store import Store
from pipeline.types import IndexReport, Progress
from pipeline.waiting import Postponed
from tests.databases import own_database
from tests.fakes import buckets, web_server
from tests.fakes.channel import FakeChannel
from tests.fakes.recognizer import RED, FakeRecognizers, picture
from tests.workers import KEY, Workers, done, ended, fill, never, rows, submit, wait_for

QUICK = Patience(first=0.01, longest=0.05, whole=60.0, fresh=0.0)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    fill(tmp_path / "photos", 12)
    return tmp_path / "photos"


@pytest.fixture
def away(tmp_path: Path) -> Path:
    """Where the folder is while its disk is not mounted."""
    return tmp_path / "away"


def trouble(queue: IndexQueue, run_id: int) -> str:
    run = queue.run(run_id)
    return run.progress.trouble if run and run.progress else ""


def steps(store: Store, source: Any = FolderSource, patience: Patience = QUICK) -> SharedIndexing:
    return SharedIndexing(store, FakeRecognizers(), source, batch=100, patience=patience)


def listed(queue: IndexQueue, store: Store, folder: Path) -> int:
    run_id = submit(queue, folder)
    steps(store).list_source(run_id)
    return run_id


def read_on(shared: SharedIndexing, run_id: int) -> None:
    """Tries again for as long as the job is put back, as workers do."""
    for _ in range(100):
        try:
            shared.read_photos(run_id, 0, 99, never)
        except Postponed:
            threading.Event().wait(0.02)
        else:
            return
    raise TimeoutError("it was put back a hundred times")


def closed(queue: IndexQueue, store: Store, run_id: int) -> IndexRun:
    steps(store).close_run(run_id)
    return ended(queue, run_id)


def undisturbed(database_server: str, source: str) -> list[tuple[object, ...]]:
    """What one run in one process makes of the source."""
    with own_database(database_server) as url:
        with Store.open(url) as store:
            PhotoFinder(store, FakeRecognizers(), wiring.open_source).index(wiring.open_source(source), KEY)
        return rows(url)


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[buckets.S3Server]:
    """A server of the test's own, with an empty bucket `party`."""
    server = buckets.S3Server()
    monkeypatch.setenv("AWS_ENDPOINT_URL", server.address)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "me")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s3cr3t")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    wiring._elsewhere.cache_clear()
    yield server
    server.stop()
    wiring._elsewhere.cache_clear()


def test_a_bucket_that_goes_away_and_comes_back_gives_the_same_event(
    s3: buckets.S3Server,
    queue: IndexQueue,
    crew: Workers,
    folder: Path,
    database_url: str,
    database_server: str,
) -> None:
    client = buckets.client(s3.address)
    client.create_bucket(Bucket="party")
    fill(folder, 24)
    for photo in folder.iterdir():
        client.upload_file(str(photo), "party", f"week/{photo.name}")
    run_id = submit(queue, "s3://party/week")
    crew.start(0.05)
    wait_for(lambda: done(queue, run_id) >= 6)
    s3.stop()
    wait_for(lambda: "could not be reached" in trouble(queue, run_id))
    assert 6 <= done(queue, run_id) < 26
    s3.start()
    run = ended(queue, run_id)
    assert (run.state, run.added, run.skipped) == (RunState.DONE, 24, 1)
    assert [failure.photo for failure in queue.report(run).failed] == ["bad.png"]
    assert rows(database_url) == undisturbed(database_server, "s3://party/week")


def test_a_folder_that_is_away_is_waited_for(
    queue: IndexQueue, crew: Workers, folder: Path, away: Path, database_url: str, database_server: str
) -> None:
    run_id = submit(queue, folder)
    crew.start(0.1)
    wait_for(lambda: done(queue, run_id) >= 3)
    folder.rename(away)
    folder.mkdir()  # the place of a disk that is not mounted
    wait_for(lambda: "mounted" in trouble(queue, run_id))
    folder.rmdir()
    away.rename(folder)
    run = ended(queue, run_id)
    assert (run.state, run.added, run.skipped) == (RunState.DONE, 12, 1)
    assert rows(database_url) == undisturbed(database_server, str(folder))


class Vanishing(FolderSource):
    """A folder whose disk goes away when a photo is about to be read, for some seconds or (None) for good."""

    def __init__(self, path: Path | str, seconds: float | None = None) -> None:
        super().__init__(path)
        self._seconds = seconds
        self._left = False

    def read(self, name: str) -> bytes:
        if name == "005.png" and not self._left:
            self._left = True
            away = self._root.with_name("away")
            self._root.rename(away)
            if self._seconds is not None:
                threading.Timer(self._seconds, lambda: away.rename(self._root)).start()
        return super().read(name)


def test_who_gives_up_on_a_source_keeps_what_was_indexed(
    queue: IndexQueue, store: Store, folder: Path, away: Path, database_url: str
) -> None:
    finder = PhotoFinder(store, FakeRecognizers(), FolderSource)
    finder.index(FolderSource(folder), KEY)
    before = rows(database_url)
    for photo in folder.glob("0*.png"):
        os.utime(photo, ns=(0, 12345))
    run_id = listed(queue, store, folder)
    impatient = steps(store, Vanishing, Patience(first=0.01, whole=0.0))
    impatient.read_photos(run_id, 0, 99, never)
    run = ended(queue, run_id)
    assert run.state is RunState.FAILED
    assert "is no longer there" in str(run.reason)
    assert "index the event again" in str(run.reason)
    assert queue.report(run).failed == ()
    away.rename(folder)
    assert queue.report(run).photos == 12
    assert [row[5:6] + row[9:] for row in rows(database_url)] == [row[5:6] + row[9:] for row in before]
    again = listed(queue, store, folder)
    read_on(steps(store), again)
    assert closed(queue, store, again).state is RunState.DONE


class Stubborn(FolderSource):
    """A folder in which one photo never comes, as a file in Slack that always gives an error."""

    def read(self, name: str) -> bytes:
        if name in ("000.png", "011.png"):
            raise SourceAway(f"{name} does not come. Wait.")
        return super().read(name)


def test_a_photo_that_never_comes_is_failed_by_name_and_what_the_event_had_of_it_stays(
    queue: IndexQueue, store: Store, folder: Path
) -> None:
    finder = PhotoFinder(store, FakeRecognizers(), FolderSource)
    (folder / "copy.png").unlink()
    (folder / "000.png").rename(folder.parent / "new.png")
    finder.index(FolderSource(folder), KEY)
    (folder.parent / "new.png").rename(folder / "000.png")
    for photo in folder.glob("0*.png"):
        os.utime(photo, ns=(0, 12345))
    run_id = listed(queue, store, folder)
    read_on(steps(store, Stubborn), run_id)
    run = closed(queue, store, run_id)
    assert run.state is RunState.DONE
    failed = {failure.photo: failure.reason for failure in queue.report(run).failed}
    assert failed.keys() == {"000.png", "011.png", "bad.png"}
    assert failed["000.png"] == "000.png does not come. Wait."
    assert finder.event("crab-week", "T1").photos == 11  # 001 to 011, of which the last did not come again

    again = listed(queue, store, folder)
    read_on(steps(store), again)
    assert closed(queue, store, again).added == 1
    assert finder.event("crab-week", "T1").photos == 12


def test_one_file_that_is_gone_is_failed_and_the_others_are_read(
    queue: IndexQueue, store: Store, folder: Path
) -> None:
    run_id = listed(queue, store, folder)
    (folder / "004.png").unlink()
    steps(store).read_photos(run_id, 0, 99, never)
    run = closed(queue, store, run_id)
    assert (run.state, run.added) == (RunState.DONE, 11)
    assert {failure.photo for failure in queue.report(run).failed} == {"004.png", "bad.png"}


def test_a_disk_that_goes_away_while_it_is_listed_removes_nothing(
    queue: IndexQueue, store: Store, folder: Path, away: Path
) -> None:
    """Its subfolders are then not to be found, which must not look as if they were deleted."""
    shutil.copytree(folder, folder / "sub")
    (folder / "sub" / "one.png").write_bytes(picture(RED, seed=800))
    finder = PhotoFinder(store, FakeRecognizers(), FolderSource)
    finder.index(FolderSource(folder), KEY)

    class Leaving(FolderSource):
        def _listed(self, listed: Path) -> Any:
            if listed.name == "sub" and folder.exists():
                folder.rename(away)
            return super()._listed(listed)

    run_id = submit(queue, folder)
    for _ in range(8):  # more than the listings that may end a process
        with pytest.raises(Postponed):
            steps(store, Leaving).list_source(run_id)
        threading.Event().wait(0.06)
    assert "There is no folder" in trouble(queue, run_id)
    away.rename(folder)
    steps(store).list_source(run_id)
    assert trouble(queue, run_id) == ""
    steps(store).read_photos(run_id, 0, 99, never)
    run = closed(queue, store, run_id)
    assert (run.state, run.removed) == (RunState.DONE, 0)
    assert finder.event("crab-week", "T1").photos == 13


@pytest.mark.parametrize("address", ["s3://party/week", "http://127.0.0.1:9/party.zip"])
def test_an_address_that_never_answered_fails_with_its_sentence(
    s3: buckets.S3Server, queue: IndexQueue, store: Store, address: str
) -> None:
    s3.stop()
    run_id = submit(queue, address)
    steps(store, wiring.open_source).list_source(run_id)
    run = ended(queue, run_id)
    assert run.state is RunState.FAILED
    assert "could not be reached" in str(run.reason)


def index_here(
    store: Store, folder: FolderSource, patience: Patience, stop: threading.Event | None = None
) -> IndexReport:
    options = indexing.Options(workers=2, patience=patience, stop=stop)
    return indexing.index(store, FakeRecognizers(), folder, KEY, options)


def test_one_process_waits_for_its_source(
    store: Store,
    folder: Path,
    caplog: pytest.LogCaptureFixture,
    database_url: str,
    database_server: str,
) -> None:
    with caplog.at_level(logging.WARNING):
        report = index_here(store, Vanishing(folder, 0.3), QUICK)
    assert (report.added, [failure.photo for failure in report.failed]) == (12, ["bad.png"])
    assert "I wait and try again" in caplog.text
    assert rows(database_url) == undisturbed(database_server, str(folder))


def test_one_process_gives_up_or_stops_with_what_it_has(store: Store, folder: Path, away: Path) -> None:
    with pytest.raises(SourceAway, match=r"no longer there\..*run it again to continue"):
        index_here(store, Vanishing(folder), Patience(first=0.01, whole=0.0))
    away.rename(folder)

    stop = threading.Event()
    threading.Timer(0.5, stop.set).start()
    with pytest.raises(Interrupted):
        index_here(store, Vanishing(folder), Patience(first=60.0), stop)
    away.rename(folder)
    report = index_here(store, FolderSource(folder), QUICK)
    assert (report.photos, [failure.photo for failure in report.failed]) == (12, ["bad.png"])


def test_one_process_names_a_photo_that_never_comes(store: Store, folder: Path) -> None:
    report = index_here(store, Stubborn(folder), QUICK)
    assert [failure.photo for failure in report.failed] == ["000.png", "011.png", "bad.png"]


def test_a_new_photo_that_does_not_come_holds_up_no_other(store: Store) -> None:
    channel = FakeChannel({f"F{n}/{n}.png": picture(RED, seed=n) for n in range(4)}, "slack://T1/C1")
    finder = PhotoFinder(store, FakeRecognizers(), lambda _: channel)
    finder.index(FakeChannel({"F9/9.png": picture(RED, seed=9)}, channel.uri), KEY)

    def stubborn(name: str) -> None:
        if name == "F0/0.png":
            raise SourceAway("It does not come.")

    channel.before_reading = stubborn
    event, new = finder.event("crab-week", "T1"), list(channel.entries())
    with pytest.raises(SourceAway):
        finder.add(event, channel, new)
    assert finder.event("crab-week", "T1").photos == 4
    channel.before_reading = lambda _: None
    assert finder.add(event, channel, new) == 1


@pytest.mark.parametrize("total", [0, 10])
def test_a_progress_tells_what_is_waited_for(total: int) -> None:
    progress = Progress(0, total, 0, 0, trouble="s3://party could not be reached. Check the address.")
    told = "go on as soon as that works: s3://party could not be reached."
    run = Running(KEY, progress, speed=3.2)
    for text in (messages.indexing("crab-week", "U1", run).text, status([run], [], "C1")):
        assert told in text
        assert "photos/s" not in text


def test_an_archive_that_is_gone_from_the_web_or_whose_server_is_in_trouble_is_away(folder: Path) -> None:
    archive = Path(shutil.make_archive(str(folder), "zip", folder))
    with web_server.serving(archive.read_bytes()) as web:
        source = wiring.open_source(web.url)
        names = [entry.name for entry in source.entries()]
        for status_code in (404, 500):
            web.status = status_code
            with pytest.raises(SourceAway):
                source.read(names[0])
        web.status = 200
        assert source.read(names[0]) == (folder / names[0]).read_bytes()
