"""The message that follows a run: how often it is updated, how it ends, and what Slack's trouble changes."""

from __future__ import annotations

import time
from itertools import pairwise
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse

from bot.replies import progress
from bot.replies.progress import ProgressMessage
from bot.runs import Running
from bot.slack.conversation import Conversation
from pipeline.types import EventKey, Failure, IndexReport, Progress
from tests.workers import wait_for

HERE = Conversation("T1", "C1", "U1")
KEY = EventKey("gala", "T1", "C1")


class Channel:
    """Notes what is posted, when; refuses so many calls first."""

    def __init__(self, *refusals: SlackApiError, takes_files: bool = True) -> None:
        self.refusals = list(refusals)
        self.tries: list[float] = []
        self.posts: list[str] = []
        self.updates: list[tuple[float, str]] = []
        self.files: list[tuple[str, str, str]] = []
        self._takes_files = takes_files

    def post(self, channel: str, message: Any) -> str:
        assert channel == "C1"
        self._meet()
        self.posts.append(message.text)
        return "17.5"

    def update(self, channel: str, ts: str, message: Any) -> None:
        assert (channel, ts) == ("C1", "17.5")
        self._meet()
        self.updates.append((time.monotonic(), message.text))

    def attach(self, channel: str, thread: str, name: str, text: str) -> bool:
        assert channel == "C1"
        self.files.append((thread, name, text))
        return self._takes_files

    def _meet(self) -> None:
        self.tries.append(time.monotonic())
        if self.refusals:
            raise self.refusals.pop(0)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "INTERVAL", 0.05)


def refusal(status: int, error: str, **headers: str) -> SlackApiError:
    data = {"ok": False, "error": error}
    response = SlackResponse(
        client=None, http_verb="POST", api_url="", req_args={}, data=data, headers=headers, status_code=status
    )
    return SlackApiError(error, response)


def running(done: int = 0, total: int = 60) -> Running:
    return Running(KEY, Progress(done, total, done, 0) if total else None)


def report(failed: int = 0) -> IndexReport:
    failures = tuple(Failure(f"{n}.jpg", "The file is empty: copy it again.") for n in range(failed))
    return IndexReport("gala", 9, 9, 9, 0, 0, failures, 1.0)


def started(channel: Any) -> ProgressMessage:
    message = ProgressMessage(channel, HERE, "gala")
    message.start()
    return message


def test_updates_keep_their_distance_the_last_one_too() -> None:
    channel = Channel()
    message = started(channel)
    for done in range(60):
        message.progress(running(done))
        time.sleep(0.005)
    message.finish(report())
    wait_for(lambda: message.told)
    times = [at for at, _ in channel.updates]
    assert all(later - earlier >= 0.05 for earlier, later in pairwise(times))
    assert "*gala* is ready" in channel.updates[-1][1]
    assert len(channel.posts) == 1


def test_a_message_of_an_earlier_process_is_gone_on_with() -> None:
    channel: Any = Channel()
    before = started(channel)
    before.progress(running(total=0))
    wait_for(lambda: bool(before.address()["ts"]))
    before.leave()
    after = ProgressMessage.resumed(channel, KEY, before.address())
    after.start()
    after.finish(report(failed=11))
    wait_for(lambda: after.told)
    assert len(channel.posts) == 1
    assert "looking through the folder" in channel.posts[0]
    told, pointing = (text for _, text in channel.updates)
    assert told.startswith("*gala* is ready: 9 photos with 9 faces.")
    assert "in the thread" not in told
    assert "The full list of the 11 is in the thread." in pointing
    ((thread, name, listing),) = channel.files
    assert (thread, name) == ("17.5", "gala-failed.txt")
    assert "10.jpg" in listing


def test_a_list_that_slack_does_not_take_is_not_pointed_to() -> None:
    channel = Channel(takes_files=False)
    message = started(channel)
    message.finish(report(failed=11))
    wait_for(lambda: message.told)
    assert len(channel.files) == 1
    assert not any(
        "in the thread" in text for text in [*channel.posts, *(text for _, text in channel.updates)]
    )


def test_what_slack_does_not_take_is_tried_again_during_the_run_and_at_its_end() -> None:
    trouble = [refusal(500, "it is an error page") for _ in range(2)]
    channel = Channel(*trouble)
    message = started(channel)
    message.progress(running(1))
    wait_for(lambda: bool(channel.posts))
    assert len(channel.tries) == 3
    channel.refusals = [refusal(200, "internal_error"), refusal(200, "unheard_of"), refusal(503, "")]
    message.finish(report())
    wait_for(lambda: message.told)
    assert "*gala* is ready" in [*channel.posts, *(text for _, text in channel.updates)][-1]


def test_slack_is_left_alone_for_as_long_as_it_asks() -> None:
    channel = Channel(refusal(429, "ratelimited", **{"Retry-After": "0.5"}))
    message = started(channel)
    message.progress(running(1))
    wait_for(lambda: bool(channel.tries))
    message.progress(running(2))
    message.finish(report())
    wait_for(lambda: message.told)
    first, second = channel.tries
    assert second - first >= 0.5


def test_an_outcome_that_slack_does_not_take_is_left_to_the_next_bot() -> None:
    channel: Any = Channel(*(refusal(500, "an error page") for _ in range(1000)))
    message = started(channel)
    message.finish(report())
    wait_for(lambda: len(channel.tries) > 2)
    message.leave()
    assert not message.told
    channel.refusals = []
    after = ProgressMessage.resumed(channel, KEY, message.address())
    after.finish(report())
    wait_for(lambda: after.told)
    assert len(channel.posts) == 1


def test_trying_ends_after_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "GIVE_UP_SECONDS", 0.1)
    channel: Any = Channel(*(refusal(200, "unheard_of") for _ in range(1000)))
    channel.tell = lambda _to, text: channel.updates.append((0.0, text))
    message = started(channel)
    message.finish(report())
    wait_for(lambda: message.told)
    assert len(channel.tries) > 1
    assert "*gala* is ready" in channel.updates[-1][1]
