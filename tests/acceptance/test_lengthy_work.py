"""Archives that take their time: nobody who searches waits for them, nor does the bot when it is to stop."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.slack.downloads import Downloader
from pipeline.finder import PhotoFinder
from pipeline.sources.folder import FolderSource
from pipeline.store import Store
from tests.acceptance.world import world
from tests.fakes.recognizer import RED, FakeRecognizers, picture

ARCHIVES = 10  # more than there are threads that answer people


def test_people_are_answered_while_archives_are_fetched_and_the_bot_stops_in_the_middle(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetching = threading.Semaphore(0)
    enough = threading.Event()

    def trickle(*_: object, progress: Callable[[int], None], **__: object) -> None:
        fetching.release()
        while not enough.wait(0.01):
            progress(1)
        raise AssertionError("nobody stopped it")

    monkeypatch.setattr(Downloader, "save", trickle)
    finder = PhotoFinder(store, FakeRecognizers(), FolderSource, workers=1)
    with world(finder, FINDME_DATA_DIR=str(tmp_path)) as findme:
        for number in range(ARCHIVES):
            findme.slack.mention(
                findme.eileen, findme.crabs, f"index week-{number}", [(f"{number}.zip", b"PK")]
            )
        for _ in range(8):
            assert fetching.acquire(timeout=60)
        findme.slack.set_avatar(findme.grace, picture(RED))
        findme.find(user=findme.grace)
        findme.told("There are no event photos for you", user=findme.grace)
        assert not findme.bot.idle
        findme.bot.close()
        restarted = [message for message in findme.posted() if "being restarted" in message.text]
        assert len(restarted) == ARCHIVES  # those that were fetched, and those that waited
        assert findme.bot.idle
    assert [path.suffix for path in (tmp_path / "uploads").iterdir()] == [".lock"] * 8
