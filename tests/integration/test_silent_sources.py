"""Slack and servers that do not answer, against those that say no."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from bot.playground import BOT_TOKEN, Playground
from bot.settings import Settings
from bot.wiring import source_opener
from pipeline.errors import SourceAway, SourceUnreachable
from pipeline.index_queue import IndexQueue
from pipeline.patience import Patience
from pipeline.runs import RunState
from pipeline.shared_indexing import SharedIndexing
from pipeline.sources.address import parse_address
from pipeline.sources.place import Place
from pipeline.store import Store
from pipeline.waiting import Postponed
from tests.fakes.recognizer import RED, FakeRecognizers, picture
from tests.workers import ended, never, submit

QUICK = Patience(first=0.01, longest=0.05, whole=60.0)


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
