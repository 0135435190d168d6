"""Workers in trouble that is no photo's: the database, the photo store, their own set-up, the system."""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import pytest
from numpy.typing import NDArray

from bot.playground import BOT_TOKEN, Playground
from bot.queued import QueuedIndexer
from bot.runs import Running
from bot.settings import Settings
from bot.wiring import source_opener
from pipeline.crew import Crew
from pipeline.errors import DatabaseUnavailable, SourceAway, SourceUnreachable
from pipeline.index_queue import IndexQueue
from pipeline.keeping import Keeper
from pipeline.patience import Patience
from pipeline.photo_store.folder import FolderStore
from pipeline.range_reader import GivenBack
from pipeline.runs import RunRequest, RunState
from pipeline.shared_indexing import LOOK_EVERY, MOST_LISTINGS, SharedIndexing
from pipeline.sources.address import parse_address
from pipeline.sources.folder import FolderSource
from pipeline.sources.place import Place
from pipeline.store import Store
from pipeline.types import EventKey, IndexReport, Pixels, SourceEntry
from pipeline.waiting import Postponed
from tests.fakes.recognizer import RED, YELLOW, Colours, FakeRecognizers, picture, squares
from tests.workers import Workers, ended, fill, wait_for, workers

KEY = EventKey("crab-week", "T1", "C1")
QUICK = Patience(first=0.01, longest=0.05, whole=60.0)


@pytest.fixture
def queue(store: Store) -> IndexQueue:
    return IndexQueue(store)


@pytest.fixture
def crew(database_url: str) -> Iterator[Workers]:
    with workers(database_url) as crew:
        yield crew


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    fill(tmp_path / "photos", 8)
    return tmp_path / "photos"


def submit(queue: IndexQueue, source: Path | str) -> int:
    run_id = queue.submit(RunRequest(KEY, str(source)))
    assert run_id is not None
    return run_id


def never() -> bool:
    return False


def attempts(store: Store) -> set[int]:
    """How often photos that are not looked at yet count as begun."""
    with store.transaction() as connection:
        return {
            row[0] for row in connection.execute("SELECT attempts FROM index_entries WHERE outcome IS NULL")
        }


def end_connections(url: str) -> None:
    """As a database does that restarts, to those who hold locks in it."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_database d ON d.oid = database"
            " WHERE locktype = 'advisory' AND datname = current_database()"
        )


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


@pytest.fixture
def slack() -> Iterator[Playground]:
    with Playground() as slack:
        slack.add_channel("party", members=[slack.add_user("ada")])
        yield slack


def test_a_slack_that_hands_nothing_over_for_a_while_costs_no_photo(
    queue: IndexQueue, store: Store, slack: Playground
) -> None:
    settings = {"SLACK_BOT_TOKEN": BOT_TOKEN, "SLACK_API_URL": slack.api_url}
    opener = source_opener(Settings(_env_file=None, **settings))
    channel = slack.channel("party")
    slack.say("ada", channel, "look", files=[(f"{n}.png", picture(RED, seed=n)) for n in range(6)])
    run_id = submit(queue, f"slack://{slack.app.team_id}/{channel.id}")
    shared = SharedIndexing(store, FakeRecognizers(), opener, batch=100, patience=QUICK)
    shared.list_source(run_id)
    for how in ("drop", "http_500"):
        slack.fail("download", how, times=None)  # type: ignore[arg-type]  # one of the playground's ways
        with pytest.raises(Postponed):
            shared.read_photos(run_id, 0, 99, never)
        slack.mend()
        threading.Event().wait(0.06)
    shared.read_photos(run_id, 0, 99, never)
    shared.close_run(run_id)
    run = ended(queue, run_id)
    assert (run.state, run.added, queue.report(run).failed) == (RunState.DONE, 6, ())


def test_a_slack_that_does_not_answer_is_away_and_one_that_says_no_is_not(slack: Playground) -> None:
    settings = {"SLACK_BOT_TOKEN": BOT_TOKEN, "SLACK_API_URL": slack.api_url}
    channel = slack.channel("party")
    slack.refuse("conversations.history", "internal_error", times=None)
    uri = f"slack://{slack.app.team_id}/{channel.id}"
    with pytest.raises(SourceAway):
        list(source_opener(Settings(_env_file=None, **settings))(uri).entries())
    slack.mend()
    slack.refuse("conversations.history", "missing_scope", times=None)
    with pytest.raises(SourceUnreachable) as error:
        list(source_opener(Settings(_env_file=None, **settings))(uri).entries())
    assert not isinstance(error.value, SourceAway)


@pytest.mark.usefixtures("s3")
def test_a_server_that_falls_silent_is_not_waited_for_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes connections and never says a word."""
    monkeypatch.setattr("pipeline.sources.drivers.SILENCE_SECONDS", 0.2)
    monkeypatch.setattr("pipeline.sources.drivers.CONNECT_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
        for address in ("s3://party/week", f"sftp://anna@127.0.0.1:{port}/photos"):
            with pytest.raises(SourceAway):
                Place(parse_address(address)).read("a.jpg")


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
