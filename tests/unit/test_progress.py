"""The message that follows a run: how often it is updated, and how it ends."""

from __future__ import annotations

import time
from itertools import pairwise
from typing import Any

import pytest

from bot.replies import progress
from bot.replies.progress import ProgressMessage
from bot.slack.conversation import Conversation
from pipeline.types import EventKey, Failure, IndexReport, Progress

HERE = Conversation("T1", "C1", "U1")


class Channel:
    """Notes what is posted, when."""

    def __init__(self) -> None:
        self.posts: list[str] = []
        self.updates: list[tuple[float, str]] = []
        self.files: list[tuple[str, str, str]] = []

    def post(self, channel: str, message: Any) -> str:
        assert channel == "C1"
        self.posts.append(message.text)
        return "17.5"

    def update(self, channel: str, ts: str, message: Any) -> None:
        assert (channel, ts) == ("C1", "17.5")
        self.updates.append((time.monotonic(), message.text))

    def attach(self, channel: str, thread: str, name: str, text: str) -> None:
        assert channel == "C1"
        self.files.append((thread, name, text))


def report(failed: int = 0) -> IndexReport:
    failures = tuple(Failure(f"{n}.jpg", "The file is empty: copy it again.") for n in range(failed))
    return IndexReport("gala", 9, 9, 9, 0, 0, failures, 1.0)


def test_updates_keep_their_distance_the_last_one_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "INTERVAL", 0.1)
    channel: Any = Channel()
    message = ProgressMessage(channel, HERE, "gala")
    message.start()
    for done in range(60):
        message.progress(Progress(done, 60, done, 0))
        time.sleep(0.005)
    message.finish(report())
    times = [at for at, _ in channel.updates]
    assert all(later - earlier >= 0.1 for earlier, later in pairwise(times))
    assert "*gala* is ready" in channel.updates[-1][1]
    assert len(channel.posts) == 1


def test_a_message_of_an_earlier_process_is_gone_on_with() -> None:
    channel: Any = Channel()
    before = ProgressMessage(channel, HERE, "gala")
    before.start()
    address = before.address()
    before.leave()
    after = ProgressMessage.resumed(channel, EventKey("gala", "T1", "C1"), address)
    after.start()
    after.finish(report(failed=11))
    assert len(channel.posts) == 1
    assert [text.splitlines()[0] for _, text in channel.updates] == [
        "*gala* is ready: 9 photos with 9 faces."
    ]
    ((thread, name, listing),) = channel.files
    assert (thread, name) == ("17.5", "gala-failed.txt")
    assert "10.jpg" in listing
