"""/index-event on the queue: worker processes do the work, and the bot may come and go."""

from __future__ import annotations

from pathlib import Path

from bot.app import Bot, build_app
from bot.playground import BOT_TOKEN, SIGNING_SECRET
from bot.queued import QueuedIndexer
from bot.settings import Settings
from pipeline.finder import PhotoFinder
from pipeline.index_queue import IndexQueue
from pipeline.sources.folder import FolderSource
from pipeline.store import Store
from tests.acceptance.world import World
from tests.workers import Workers, wait_for


def another_bot(queued: World, finder: PhotoFinder, queue: IndexQueue) -> Bot:
    """The bot after a restart, in the same workspace."""
    settings = {
        "SLACK_BOT_TOKEN": BOT_TOKEN,
        "SLACK_SIGNING_SECRET": SIGNING_SECRET,
        "SLACK_API_URL": queued.slack.api_url,
    }
    return build_app(
        Settings(_env_file=None, **settings),
        finder,
        open_source=FolderSource,
        indexer=QueuedIndexer(queue),
    )


def test_workers_index_what_the_bot_was_asked_for(
    queued: World, queue: IndexQueue, crew: Workers, store: Store
) -> None:
    queued.index("crab-week week")
    queued.told("Indexing *crab-week*")
    queued.parent(queued.crabs, "looking through the folder")
    queued.index("crab-week week")
    queued.told("is being indexed already")
    queued.index("status")
    assert "*crab-week*" in queued.told("Being indexed").text
    queued.index("other week")
    queued.told("next in line")
    crew.start(0.02)
    report = queued.parent(queued.crabs, "*crab-week* is ready")
    assert "12 photos with 24 faces" in report.text
    assert "`bad.png`" in report.text
    queued.parent(queued.crabs, "*other* is ready")
    assert len(queued.slack.messages(queued.crabs)) == 2
    wait_for(lambda: queue.unreported() == [])
    with store.transaction() as connection:  # who asked is forgotten
        assert connection.execute("SELECT FROM index_runs WHERE asked_by IS NOT NULL").fetchall() == []


def test_progress_is_told_while_workers_work(queued: World, crew: Workers) -> None:
    crew.start(0.1)
    queued.index("crab-week week")
    queued.parent(queued.crabs, "is ready")
    texts = [call["text"] for call in queued.slack.calls("chat.update")]
    assert any("of 14 photos done" in text for text in texts)
    assert len(queued.slack.calls("chat.postMessage")) == 1


def test_a_new_bot_goes_on_with_the_message_of_the_one_before(
    queued: World, finder: PhotoFinder, queue: IndexQueue, crew: Workers
) -> None:
    queued.index("crab-week week")
    queued.parent(queued.crabs, "looking through the folder")
    wait_for(lambda: bool((queue.unreported()[0].request.report or {}).get("ts")))
    queued.bot.close()
    crew.start()
    wait_for(lambda: queue.unfinished() == [])  # while no bot is there
    bot = another_bot(queued, finder, queue)
    try:
        assert "12 photos with 24 faces" in queued.parent(queued.crabs, "is ready").text
        assert len(queued.slack.messages(queued.crabs)) == 1
        wait_for(lambda: queue.unreported() == [])
    finally:
        bot.close()


def test_a_run_that_is_cancelled_or_fails_is_told(
    queued: World, queue: IndexQueue, crew: Workers, root: Path
) -> None:
    queued.index("crab-week week")
    queued.parent(queued.crabs, "looking through the folder")
    queued.index("cancel other")
    queued.told("Nothing called *other*")
    queued.index("cancel Crab-Week")
    queued.told("I stop indexing *crab-week*")
    queued.parent(queued.crabs, "It was cancelled")
    assert queue.unfinished() == []
    (root / "empty").mkdir()
    queued.index("nothing empty")
    queued.told("Indexing *nothing*")
    crew.start()
    queued.parent(queued.crabs, "holds no photos")
