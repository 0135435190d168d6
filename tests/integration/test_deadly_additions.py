"""Photos that come to an event one by one: those that kill are set aside, nothing else counts against one."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from pipeline.attempts import Attempts
from pipeline.blame import DECODING, FETCHING, MOST, POISONOUS
from pipeline.errors import DatabaseUnavailable, FindMeError
from pipeline.finder import PhotoFinder
from pipeline.sources.folder import FolderSource
from pipeline.store import Store
from pipeline.types import EventKey
from tests.fakes.channel import FakeChannel
from tests.fakes.recognizer import BLUE, GREEN, RED, YELLOW, FakeRecognizers, picture
from tests.workers import wait_for

KEY = EventKey("crab-week", "T1", "C1")
SECOND = EventKey("gala", "T1", "C1")

ADDING = """
import sys
from pipeline.finder import PhotoFinder
from pipeline.sources.folder import FolderSource
from pipeline.store import Store
from tests.fakes.recognizer import FakeRecognizers, deadly

with Store.open(sys.argv[1]) as store:
    finder, source = PhotoFinder(store, FakeRecognizers(deadly()), FolderSource), FolderSource(sys.argv[2])
    for event in sorted(finder.events_from(source.uri), key=lambda event: event.id):
        finder.add(event, source, list(source.entries()))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "first.png").write_bytes(picture(RED))
    return folder


@pytest.fixture
def finder(store: Store) -> PhotoFinder:
    return PhotoFinder(store, FakeRecognizers(), FolderSource, workers=1)


def add_in_a_process(url: str, folder: Path) -> int:
    """Adds what the folder holds to its events, in a process of its own; its exit status."""
    return subprocess.run([sys.executable, "-c", ADDING, url, str(folder)], env={**os.environ}).returncode


def add(finder: PhotoFinder, folder: Path) -> None:
    """The same in this process, whose recognizer nothing kills."""
    source = FolderSource(folder)
    for event in finder.events_from(source.uri):
        finder.add(event, source, list(source.entries()))


def reasons(url: str) -> list[tuple[str, str, str]]:
    """What failed: event, name, reason."""
    with psycopg.connect(url) as connection:
        return connection.execute(
            "SELECT e.slug, f.name, f.reason FROM files f JOIN events e ON e.id = f.event_id"
            " WHERE f.reason IS NOT NULL ORDER BY 1, 2"
        ).fetchall()


def attempts(url: str) -> list[tuple[str, int]]:
    """The attempts that are counted: name, number."""
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT name, number FROM attempts ORDER BY 1, 2").fetchall()


def held_up(url: str) -> bool:
    """Whether somebody waits for a row."""
    with psycopg.connect(url) as connection:
        return bool(
            connection.execute(
                "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            ).fetchall()
        )


def test_a_photo_that_kills_the_process_is_tried_twice_then_set_aside_by_name(
    finder: PhotoFinder, folder: Path, database_url: str
) -> None:
    for key in (KEY, SECOND):
        finder.index(FolderSource(folder), key)
    (folder / "a-deadly.png").write_bytes(picture(YELLOW))
    (folder / "b.png").write_bytes(picture(BLUE, seed=1))

    assert add_in_a_process(database_url, folder) == 1
    assert (attempts(database_url), reasons(database_url)) == ([("a-deadly.png", DECODING)], [])
    assert add_in_a_process(database_url, folder) == 1
    assert attempts(database_url) == [("a-deadly.png", 2 * DECODING)]
    assert finder.event("crab-week", "T1").photos == 2  # the other one came before it, this time
    add(finder, folder)  # it would be read without harm now, and is not: of neither event
    assert attempts(database_url) == []
    assert reasons(database_url) == [(slug, "a-deadly.png", POISONOUS) for slug in (KEY.slug, SECOND.slug)]
    assert [finder.event(slug, "T1").photos for slug in (KEY.slug, SECOND.slug)] == [2, 2]
    add(finder, folder)
    assert len(reasons(database_url)) == 2

    (folder / "a-deadly.png").write_bytes(picture(GREEN, seed=2))  # saved anew
    add(finder, folder)
    assert reasons(database_url) == []
    assert [finder.event(slug, "T1").photos for slug in (KEY.slug, SECOND.slug)] == [3, 3]


def test_a_complete_run_looks_at_it_again(finder: PhotoFinder, folder: Path, database_url: str) -> None:
    finder.index(FolderSource(folder), KEY)
    (folder / "deadly.png").write_bytes(picture(YELLOW))
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "INSERT INTO attempts SELECT id, 'deadly.png', %s, %s FROM events",
            (next(FolderSource(folder).entries()).fingerprint, MOST),
        )
    add(finder, folder)
    assert reasons(database_url) == [(KEY.slug, "deadly.png", POISONOUS)]
    with psycopg.connect(database_url) as connection:
        connection.execute("INSERT INTO attempts SELECT id, 'gone.png', '1', 1 FROM events")
    assert finder.index(FolderSource(folder), KEY).added == 1
    assert (attempts(database_url), reasons(database_url)) == ([], [])


class Away(FindMeError):
    """The source is away."""


def test_what_fails_otherwise_is_no_attempt(finder: PhotoFinder, database_url: str) -> None:
    channel = FakeChannel({"F1/one.png": picture(RED)})
    finder.index(channel, KEY)
    channel.photos["F2/two.png"] = picture(BLUE, seed=1)
    event = finder.event("crab-week", "T1")

    def fail(_: str) -> None:
        assert attempts(database_url) == [("F2/two.png", FETCHING)]  # it was counted before it is read
        raise Away("Slack is away.")

    channel.before_reading = fail
    for _ in range(4):
        with pytest.raises(Away):
            finder.add(event, channel, list(channel.entries()))
        assert (attempts(database_url), reasons(database_url)) == ([], [])
    channel.before_reading = lambda _: None
    assert finder.add(event, channel, list(channel.entries())) == 1


def test_a_photo_that_does_not_come_holds_up_no_other(finder: PhotoFinder, database_url: str) -> None:
    channel = FakeChannel({"F1/one.png": picture(RED)})
    finder.index(channel, KEY)
    event = finder.event("crab-week", "T1")
    for number in range(2, 8):
        channel.photos[f"F{number}/photo.png"] = picture(BLUE, seed=number)

    def fail(name: str) -> None:
        if name in away:
            raise Away(f"{name} does not come.")

    channel.before_reading = fail
    away = {"F2/photo.png"}
    with pytest.raises(Away, match="F2"):
        finder.add(event, channel, list(channel.entries()))
    grown = finder.event("crab-week", "T1")
    assert (grown.photos, grown.indexed_at) == (6, event.indexed_at)  # the next start looks for it again
    channel.photos |= {f"F{number}/photo.png": picture(GREEN, seed=number) for number in range(8, 20)}
    away = set(channel.photos)
    channel.read_names.clear()
    with pytest.raises(Away):
        finder.add(event, channel, list(channel.entries()))
    assert len(channel.read_names) == 3  # Slack itself is away, it seems
    assert attempts(database_url) == []


def test_a_database_that_goes_away_is_no_attempt(finder: PhotoFinder, database_url: str) -> None:
    channel = FakeChannel({"F1/one.png": picture(RED)})
    finder.index(channel, KEY)
    channel.photos["F2/two.png"] = picture(BLUE, seed=1)
    event = finder.event("crab-week", "T1")

    def cut(_: str) -> None:
        with psycopg.connect(database_url) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )

    channel.before_reading = cut
    for _ in range(4):
        with pytest.raises(DatabaseUnavailable):
            finder.add(event, channel, list(channel.entries()))
    channel.before_reading = lambda _: None
    assert finder.add(event, channel, list(channel.entries())) == 1
    assert (attempts(database_url), reasons(database_url)) == ([], [])


def test_who_leaves_in_good_order_blames_no_photo(finder: PhotoFinder, database_url: str) -> None:
    channel = FakeChannel({"F1/one.png": picture(RED)})
    finder.index(channel, KEY)
    channel.photos["F2/two.png"] = picture(BLUE, seed=1)
    channel.photos["F3/three.png"] = picture(GREEN, seed=2)
    event = finder.event("crab-week", "T1")
    slow, stop = threading.Event(), threading.Event()
    channel.before_reading = lambda _: slow.wait(60)
    adding = threading.Thread(target=finder.add, args=(event, channel, list(channel.entries()), stop))
    adding.start()
    wait_for(lambda: attempts(database_url) == [("F2/two.png", 1)])
    stop.set()
    finder.leave()
    assert attempts(database_url) == []
    slow.set()
    adding.join()
    assert channel.read_names == ["F1/one.png", "F2/two.png"]  # the photo in hand, and no other
    grown = finder.event("crab-week", "T1")
    assert (grown.photos, grown.indexed_at) == (2, event.indexed_at)  # so the next start looks for the rest


def test_a_failed_attempt_is_taken_back_once_though_two_set_about_it(
    finder: PhotoFinder, store: Store, folder: Path, database_url: str
) -> None:
    finder.index(FolderSource(folder), KEY)
    event = finder.event("crab-week", "T1")
    entry = next(FolderSource(folder).entries())
    count = Attempts(store)
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "INSERT INTO attempts VALUES (%s, %s, %s, 1)", (event.id, entry.name, entry.fingerprint)
        )

    with psycopg.connect(database_url) as other:

        def fail() -> None:
            with (
                suppress(Away),
                count.settled(),
                store.exclusive(event.key) as connection,
                count.attempt(connection, event.id, entry),
            ):
                other.execute("SELECT FROM attempts FOR UPDATE")  # holds up whoever takes it back
                raise Away("Slack is away.")

        following, leaving = threading.Thread(target=fail), threading.Thread(target=count.leave)
        following.start()
        wait_for(lambda: held_up(database_url))
        leaving.start()
        leaving.join(0.5)
    following.join()
    leaving.join()
    assert attempts(database_url) == [(entry.name, 1)]  # it has killed once, and that is not forgotten


def test_what_is_deleted_takes_its_attempts_along(finder: PhotoFinder, database_url: str) -> None:
    channel = FakeChannel({"F1/one.png": picture(RED)})
    finder.index(channel, KEY)
    event = finder.event("crab-week", "T1")
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "INSERT INTO attempts VALUES (%s, 'F2/two.png', '1'), (%s, 'F22/x.png', '1')", (event.id,) * 2
        )
    finder.drop(event, ["F2"])
    assert attempts(database_url) == [("F22/x.png", 1)]
    finder.forget_event(event)
    assert attempts(database_url) == []
