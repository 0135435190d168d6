"""Following channels: what asks nothing of Slack in vain, what holds nobody up, and what is tried again."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from typing import Any

import psycopg
import pytest

from bot.following import Follower
from pipeline.errors import FindMeError
from pipeline.finder import PhotoFinder
from pipeline.index_queue import IndexQueue
from pipeline.runs import RunRequest
from pipeline.store import Store
from pipeline.types import Event, EventKey
from tests.fakes.channel import URI, FakeChannel
from tests.fakes.recognizer import BLUE, GREEN, RED, FakeRecognizers, picture
from tests.workers import wait_for

KEY, SECOND = EventKey("crab-week", "T1", "C1"), EventKey("gala", "T1", "C1")
PHOTO = "F2/two.png"


class Counting(PhotoFinder):
    """Remembers which events were asked to drop something."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.dropped: list[str] = []

    def drop(self, event: Event, folders: Sequence[str]) -> int:
        self.dropped.append(event.key.slug)
        return super().drop(event, folders)


@pytest.fixture
def channel() -> FakeChannel:
    return FakeChannel({"F1/one.png": picture(RED)})


@pytest.fixture
def finder(store: Store, channel: FakeChannel) -> Counting:
    """Two events of the same channel."""
    finder = Counting(store, FakeRecognizers(), lambda _: channel, workers=1)
    for key in (KEY, SECOND):
        finder.index(channel, key)
    return finder


@pytest.fixture
def follower(finder: Counting, channel: FakeChannel, monkeypatch: pytest.MonkeyPatch) -> Iterator[Follower]:
    monkeypatch.setattr("bot.following.AGAIN_SECONDS", 0.05)
    monkeypatch.setattr("bot.following.CLOSING_SECONDS", 1.0)
    follower = Follower(finder, lambda _: channel)
    yield follower
    follower.close()


def share(follower: Follower, channel: FakeChannel, name: str = PHOTO) -> None:
    """Somebody shares a photo."""
    channel.photos[name] = picture(BLUE, seed=len(channel.photos))
    follower.shared(URI, {"files": [name]})


def numbers(finder: PhotoFinder) -> list[int]:
    """How many photos the two events have."""
    return [finder.event(key.slug, "T1").photos for key in (KEY, SECOND)]


def some_rounds(follower: Follower, monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits until the follower has looked several times."""
    looked = threading.Semaphore(0)
    real = follower._bring_up_to_date

    def look(*args: object) -> bool:
        looked.release()
        return real(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(follower, "_bring_up_to_date", look)
    for _ in range(4):
        assert looked.acquire(timeout=60)


def test_while_a_run_works_on_the_events_nothing_is_asked_of_slack(
    finder: Counting, follower: Follower, channel: FakeChannel, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue = IndexQueue(store)
    runs = [queue.submit(RunRequest(key, URI)) for key in (KEY, SECOND)]
    share(follower, channel)
    follower.catch_up()
    some_rounds(follower, monkeypatch)
    assert (channel.asked, numbers(finder)) == (0, [1, 1])
    for run in runs:
        assert run is not None
        queue.cancel(run)
    wait_for(lambda: follower.idle)
    assert numbers(finder) == [2, 2]
    assert 2 <= channel.asked <= 4  # for the message and for what was missed, together or once for each event


def test_a_busy_event_holds_up_no_other_and_makes_nothing_be_done_twice(
    finder: Counting, follower: Follower, channel: FakeChannel, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with store.exclusive(KEY):
        share(follower, channel)
        follower.deleted("slack://T1/", ["F1"])
        wait_for(lambda: finder.event(SECOND.slug, "T1").photos == 1 and finder.dropped == [SECOND.slug])
        some_rounds(follower, monkeypatch)
        assert (channel.asked, finder.dropped) == (1, [SECOND.slug])
    wait_for(lambda: follower.idle)
    assert finder.dropped == [SECOND.slug, KEY.slug]
    assert (channel.asked, numbers(finder)) == (2, [1, 1])


def test_one_that_becomes_busy_in_between_holds_up_no_other(
    finder: Counting, follower: Follower, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finder, "at_rest", list)  # as if somebody had begun just after the look
    with store.exclusive(KEY):
        follower.deleted(URI, ["F1"])
        wait_for(lambda: finder.event(SECOND.slug, "T1").photos == 0)
        wait_for(lambda: finder.dropped.count(KEY.slug) >= 3)
        assert finder.dropped.count(SECOND.slug) == 1
    wait_for(lambda: follower.idle)
    assert numbers(finder) == [0, 0]


def test_an_event_that_is_erased_in_between_holds_up_no_other(
    finder: Counting, follower: Follower, channel: FakeChannel
) -> None:
    channel.before_reading = lambda _: finder.forget_event(finder.event(SECOND.slug, "T1"))
    share(follower, channel)
    wait_for(lambda: follower.idle)
    assert [(event.key, event.photos) for event in finder.events()] == [(KEY, 2)]


class Away(FindMeError):
    """The source is away."""


def test_what_cannot_be_read_just_now_comes_later(
    finder: Counting, follower: Follower, channel: FakeChannel, database_url: str
) -> None:
    tries = []

    def fail(name: str) -> None:
        tries.append(name)
        if len(tries) < 6:
            raise Away("Slack is away.")

    channel.before_reading = fail
    share(follower, channel)
    wait_for(lambda: follower.idle)
    assert numbers(finder) == [2, 2]
    with psycopg.connect(database_url) as connection:
        assert connection.execute("SELECT FROM attempts").fetchall() == []
        assert connection.execute("SELECT FROM files WHERE reason IS NOT NULL").fetchall() == []


def test_a_bot_that_stops_blames_no_photo_and_finds_it_at_the_next_start(
    finder: Counting, follower: Follower, channel: FakeChannel, database_url: str
) -> None:
    slow = threading.Event()
    channel.before_reading = lambda _: slow.wait(60)
    share(follower, channel)
    wait_for(lambda: channel.read_names[-1:] == [PHOTO])
    follower.close()
    with psycopg.connect(database_url) as connection:
        assert connection.execute("SELECT FROM attempts").fetchall() == []
    slow.set()
    follower._thread.join()
    channel.photos["F3/three.png"] = picture(GREEN, seed=9)
    nxt = Follower(finder, lambda _: channel)
    nxt.catch_up()
    wait_for(lambda: nxt.idle)
    nxt.close()
    assert numbers(finder) == [3, 3]
