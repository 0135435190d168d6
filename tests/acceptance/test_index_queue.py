"""/index-event on the queue: worker processes do the work, and the bot may come and go."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.app import Bot, build_app
from bot.playground import BOT_TOKEN, SIGNING_SECRET
from bot.queued import QueuedIndexer
from bot.settings import Settings
from pipeline.finder import PhotoFinder
from pipeline.index_queue import IndexQueue
from pipeline.sources.folder import FolderSource
from pipeline.store import Store
from tests.acceptance.world import World, world
from tests.fakes.recognizer import FakeRecognizers
from tests.workers import Workers, fill, wait_for, workers


@pytest.fixture
def root(tmp_path: Path) -> Path:
    fill(tmp_path / "photos" / "week", 12)
    return tmp_path / "photos"


@pytest.fixture
def finder(store: Store) -> PhotoFinder:
    return PhotoFinder(store, FakeRecognizers(), FolderSource)


@pytest.fixture
def queue(store: Store, monkeypatch: pytest.MonkeyPatch) -> IndexQueue:
    monkeypatch.setattr("bot.queued.EVERY_SECONDS", 0.05)
    monkeypatch.setattr("bot.replies.progress.INTERVAL", 0.05)
    return IndexQueue(store)


@pytest.fixture
def crew(database_url: str) -> Iterator[Workers]:
    with workers(database_url) as crew:
        yield crew


@pytest.fixture
def findme(finder: PhotoFinder, queue: IndexQueue, root: Path) -> Iterator[World]:
    with world(finder, indexer=QueuedIndexer(queue), FINDME_PHOTO_ROOTS=str(root)) as place:
        yield place


def another_bot(findme: World, finder: PhotoFinder, queue: IndexQueue) -> Bot:
    """The bot after a restart, in the same workspace."""
    settings = {
        "SLACK_BOT_TOKEN": BOT_TOKEN,
        "SLACK_SIGNING_SECRET": SIGNING_SECRET,
        "SLACK_API_URL": findme.slack.api_url,
    }
    return build_app(
        Settings(_env_file=None, **settings),
        finder,
        open_source=FolderSource,
        indexer=QueuedIndexer(queue),
    )


def index(findme: World, text: str) -> None:
    """Eileen, an admin, types /index-event in #crabs."""
    assert findme.slack.command("/index-event", text, user=findme.eileen, channel=findme.crabs).ok


def test_workers_index_what_the_bot_was_asked_for(
    findme: World, queue: IndexQueue, crew: Workers, store: Store
) -> None:
    index(findme, "crab-week week")
    findme.told("Indexing *crab-week*")
    findme.parent(findme.crabs, "looking through the folder")
    index(findme, "crab-week week")
    findme.told("is being indexed already")
    index(findme, "status")
    assert "*crab-week*" in findme.told("Being indexed").text
    index(findme, "other week")
    findme.told("next in line")
    crew.start(0.02)
    report = findme.parent(findme.crabs, "*crab-week* is ready")
    assert "12 photos with 24 faces" in report.text
    assert "`bad.png`" in report.text
    findme.parent(findme.crabs, "*other* is ready")
    assert len(findme.slack.messages(findme.crabs)) == 2
    wait_for(lambda: queue.unreported() == [])
    with store.transaction() as connection:  # who asked is forgotten
        assert connection.execute("SELECT FROM index_runs WHERE asked_by IS NOT NULL").fetchall() == []


def test_progress_is_told_while_workers_work(findme: World, crew: Workers) -> None:
    crew.start(0.1)
    index(findme, "crab-week week")
    findme.parent(findme.crabs, "is ready")
    texts = [call["text"] for call in findme.slack.calls("chat.update")]
    assert any("of 14 photos done" in text for text in texts)
    assert len(findme.slack.calls("chat.postMessage")) == 1


def test_a_new_bot_goes_on_with_the_message_of_the_one_before(
    findme: World, finder: PhotoFinder, queue: IndexQueue, crew: Workers
) -> None:
    index(findme, "crab-week week")
    findme.parent(findme.crabs, "looking through the folder")
    wait_for(lambda: bool((queue.unreported()[0].request.report or {}).get("ts")))
    findme.bot.close()
    crew.start()
    wait_for(lambda: queue.unfinished() == [])  # while no bot is there
    bot = another_bot(findme, finder, queue)
    try:
        assert "12 photos with 24 faces" in findme.parent(findme.crabs, "is ready").text
        assert len(findme.slack.messages(findme.crabs)) == 1
        wait_for(lambda: queue.unreported() == [])
    finally:
        bot.close()


def test_a_run_that_is_cancelled_or_fails_is_told(
    findme: World, queue: IndexQueue, crew: Workers, root: Path
) -> None:
    index(findme, "crab-week week")
    findme.parent(findme.crabs, "looking through the folder")
    index(findme, "cancel other")
    findme.told("Nothing called *other*")
    index(findme, "cancel Crab-Week")
    findme.told("I stop indexing *crab-week*")
    findme.parent(findme.crabs, "It was cancelled")
    assert queue.unfinished() == []
    (root / "empty").mkdir()
    index(findme, "nothing empty")
    findme.told("Indexing *nothing*")
    crew.start()
    findme.parent(findme.crabs, "holds no photos")
