"""/index-event on the queue: worker processes do the work; bots and Slack may come and go."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.app import Bot, build_app
from bot.playground import BOT_TOKEN, SIGNING_SECRET
from bot.queued import QueuedIndexer
from bot.settings import Settings
from pipeline.finder import PhotoFinder
from pipeline.index_queue import IndexQueue
from pipeline.runs import RunRequest
from pipeline.shared_indexing import SharedIndexing
from pipeline.sources.folder import FolderSource
from pipeline.store import Store
from pipeline.types import EventKey
from tests.acceptance.conftest import TEAM
from tests.acceptance.world import CRABS, World
from tests.fakes.recognizer import GREEN, RED, FakeRecognizers, picture
from tests.workers import Workers, end_connections, wait_for

SLACKS_WAYS = ("chat.update", "chat.postMessage", "chat.postEphemeral", "conversations.open", "response_url")


@contextmanager
def another_bot(queued: World, finder: PhotoFinder, queue: IndexQueue) -> Iterator[Bot]:
    """The bot after a restart, or a second one, in the same workspace."""
    settings = {
        "SLACK_BOT_TOKEN": BOT_TOKEN,
        "SLACK_SIGNING_SECRET": SIGNING_SECRET,
        "SLACK_API_URL": queued.slack.api_url,
    }
    bot = build_app(
        Settings(_env_file=None, **settings),
        finder,
        open_source=FolderSource,
        indexer=QueuedIndexer(queue),
    )
    try:
        yield bot
    finally:
        bot.close()


def index_here(store: Store, run_id: int) -> None:
    """What workers do, in this process: quicker than starting one."""
    shared = SharedIndexing(store, FakeRecognizers(), FolderSource, batch=100)
    shared.list_source(run_id)
    shared.read_photos(run_id, 0, 99, lambda: False)
    shared.close_run(run_id)


def asked_for(queued: World, queue: IndexQueue) -> None:
    """A run whose message stands in the channel, and is known to other processes."""
    queued.index("crab-week week")
    queued.parent(queued.crabs, "looking through the folder")
    wait_for(lambda: bool((queue.unreported()[0].request.report or {}).get("ts")))


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


def test_a_search_says_that_its_event_is_not_complete(
    queued: World, crew: Workers, finder: PhotoFinder
) -> None:
    queued.slack.set_avatar(queued.grace, picture(RED))
    queued.slack.set_avatar(queued.eileen, picture(GREEN))  # whom no photo shows
    worker = crew.start(1.0)
    queued.index("big week")
    wait_for(lambda: any(event.photos for event in finder.events()))
    worker.kill()
    missing = "*big* is not indexed completely yet, so photos may be missing."
    assert [missing in answer for answer in answers(queued)] == [True, True]
    queued.index("cancel big")
    queued.parent(queued.crabs, "It was cancelled")
    missing = (
        "*big* is not indexed completely, so photos may be missing: an admin can go on with `/index-event`."
    )
    assert [missing in answer for answer in answers(queued)] == [True, True]
    crew.start()
    queued.index("big week")
    queued.parent(queued.crabs, "*big* is ready")
    assert ["missing" in answer for answer in answers(queued)] == [False, False]


def answers(queued: World) -> tuple[str, str]:
    """What a search with a match and one without are answered."""
    earlier = {message.ts for message in queued.slack.messages(queued.crabs)}
    queued.find("@grace in big")
    queued.slack.wait_for(lambda: len(queued.slack.messages(queued.crabs)) > len(earlier))
    (found,) = (m.text for m in queued.slack.messages(queued.crabs) if m.ts not in earlier)
    assert "Found" in found
    queued.find("in big")
    return found, queued.told("I found no photo of you").text


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
    asked_for(queued, queue)
    queued.bot.close()
    crew.start()
    wait_for(lambda: queue.unfinished() == [])  # while no bot is there
    with another_bot(queued, finder, queue):
        assert "12 photos with 24 faces" in queued.parent(queued.crabs, "is ready").text
        assert len(queued.slack.messages(queued.crabs)) == 1
        wait_for(lambda: queue.unreported() == [])


@pytest.mark.parametrize("restarted", [False, True])
def test_a_report_that_slack_did_not_take_is_told_when_slack_is_back(
    queued: World, finder: PhotoFinder, queue: IndexQueue, restarted: bool
) -> None:
    asked_for(queued, queue)
    for way in SLACKS_WAYS:
        queued.slack.refuse(way, "internal_error", times=None)
    queue.cancel(queue.unfinished()[0].id)
    queued.slack.wait_for(lambda: len(queued.slack.calls("chat.update")) >= 2)
    if restarted:
        queued.bot.close()
    assert len(queue.unreported()) == 1
    queued.slack.mend()
    if restarted:
        with another_bot(queued, finder, queue):
            queued.parent(queued.crabs, "It was cancelled")
            wait_for(lambda: queue.unreported() == [])
    queued.parent(queued.crabs, "It was cancelled")
    wait_for(lambda: queue.unreported() == [])
    assert len(queued.slack.messages(queued.crabs)) == 1


def test_a_channel_that_is_gone_has_the_report_told_by_dm(queued: World, queue: IndexQueue) -> None:
    asked_for(queued, queue)
    for way in ("chat.update", "chat.postMessage"):
        queued.slack.refuse(way, "channel_not_found")
    queue.cancel(queue.unfinished()[0].id)
    queued.parent(queued.slack.dm_with_bot(queued.eileen), "It was cancelled")
    wait_for(lambda: queue.unreported() == [])


def test_a_message_that_slack_did_not_take_at_first_is_posted_during_the_run(
    queued: World, queue: IndexQueue
) -> None:
    queued.slack.refuse("chat.postMessage", times=3)
    asked_for(queued, queue)
    assert len(queued.slack.messages(queued.crabs)) == 1


def test_without_a_worker_the_organiser_is_told_what_to_have_done(
    queued: World, queue: IndexQueue, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked_for(queued, queue)
    monkeypatch.setattr("bot.pace.STILL", 0.1)
    queued.parent(queued.crabs, "has to start `findme worker`")
    queued.index("status")
    queued.told("has to start `findme worker`")
    index_here(store, queue.unfinished()[0].id)
    queued.parent(queued.crabs, "*crab-week* is ready")


def test_of_two_bots_one_tells_of_a_run_and_the_other_when_that_is_gone(
    queued: World, finder: PhotoFinder, queue: IndexQueue, store: Store, root: Path
) -> None:
    for number in range(12):
        (root / "week" / f"broken {number}.jpg").write_bytes(b"no photo")
    with another_bot(queued, finder, queue):
        asked_for(queued, queue)
        index_here(store, queue.unfinished()[0].id)
        report = queued.parent(queued.crabs, "The full list of the 13 is in the thread.")
        wait_for(lambda: queue.unreported() == [])
        thread = queued.slack.thread(queued.crabs, report.ts)
        assert len(thread) == 2  # the report, and one list
        assert [call["channel"] for call in queued.slack.calls("chat.postMessage")] == [queued.crabs.id]
        queued.bot.close()
        key = EventKey("other", TEAM, CRABS)
        run_id = queue.submit(RunRequest(key, str(root / "week"), report={"channel": CRABS}))
        queued.parent(queued.crabs, "Indexing *other*")
        assert run_id
        queue.cancel(run_id)
        queued.parent(queued.crabs, "*other* is not complete")


def test_a_bot_whose_locks_are_lost_goes_on(queued: World, queue: IndexQueue) -> None:
    asked_for(queued, queue)
    end_connections(queue._store.url)
    queue.cancel(queue.unfinished()[0].id)
    queued.parent(queued.crabs, "It was cancelled")
    wait_for(lambda: queue.unreported() == [])


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
