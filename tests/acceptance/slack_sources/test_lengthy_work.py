"""Archives that take their time: nobody who searches waits for them, nor does the bot when it is to stop."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.slack.downloads import Downloader
from tests.acceptance.world import World
from tests.workers import wait_for

ARCHIVES = 10  # more than there are threads that answer people


def test_people_are_answered_while_archives_are_fetched_and_the_bot_stops_in_the_middle(
    findme: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetching = threading.Event()
    enough = threading.Event()

    def trickle(*_: object, progress: Callable[[int], None], **__: object) -> None:
        fetching.set()
        while not enough.wait(0.01):
            progress(1)
        raise AssertionError("nobody stopped it")

    monkeypatch.setattr(Downloader, "save", trickle)
    monkeypatch.setattr("bot.replies.progress.INTERVAL", 0.0)
    for number in range(ARCHIVES):
        findme.slack.mention(findme.eileen, findme.crabs, f"index week-{number}", [(f"{number}.zip", b"PK")])
    assert fetching.wait(60)
    wait_for(lambda: len(findme.bot.indexer.running()) == ARCHIVES)
    findme.find(user=findme.grace)
    findme.told("There are no event photos for you", user=findme.grace)
    findme.bot.close()
    stopped = [message for message in findme.posted() if "I was stopped in the middle" in message.text]
    assert len(stopped) == ARCHIVES  # the one that was fetched, and those that waited
    assert [path.suffix for path in (tmp_path / "uploads").iterdir()] == [".lock"]
