"""The bot leans on nothing that only the playground has."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from slack_sdk.signature import SignatureVerifier

from bot.app import Bot, build_app
from bot.serve import wsgi_app
from bot.settings import Settings
from pipeline.finder import PhotoFinder
from pipeline.sources.folder import FolderSource
from tests.acceptance import portraits
from tests.acceptance.portraits import EILEENS
from tests.fakes.bare_slack import BareSlack

SECRET = "another-secret"


@pytest.fixture
def slack() -> Iterator[BareSlack]:
    """A Slack of few words."""
    server = BareSlack(portraits.jpeg(portraits.eileen()))
    yield server
    server.close()


@pytest.fixture
def bot(slack: BareSlack, indexed: PhotoFinder) -> Iterator[Bot]:
    """The bot in that Slack."""
    values = {
        "SLACK_BOT_TOKEN": "xoxb-1",
        "SLACK_SIGNING_SECRET": SECRET,
        "SLACK_API_URL": f"{slack.url}/api",
    }
    settings = Settings(_env_file=None, **values)  # type: ignore[call-arg, arg-type]  # pydantic-settings' own
    bot = build_app(settings, indexed, open_source=lambda uri: FolderSource(Path(uri)))
    yield bot
    bot.close()


def deliver(bot: Bot, body: str, content_type: str) -> int:
    """Sends a signed request; its status."""
    now = str(int(time.time()))
    signature = SignatureVerifier(SECRET).generate_signature(timestamp=now, body=body)
    headers = {
        "Content-Type": content_type,
        "X-Slack-Request-Timestamp": now,
        "X-Slack-Signature": str(signature),
    }
    return wsgi_app(bot).test_client().post("/slack/events", data=body, headers=headers).status_code


def command(bot: Bot, slack: BareSlack, text: str) -> int:
    """Types /findme with the fewest fields that Slack sends."""
    fields = {
        "command": "/findme",
        "text": text,
        "user_id": "U1",
        "channel_id": "C1",
        "team_id": "T1",
        "response_url": f"{slack.url}/told",
        "trigger_id": "1.2.3",
    }
    return deliver(bot, urlencode(fields), "application/x-www-form-urlencoded")


def test_photos_arrive_in_the_thread(bot: Bot, slack: BareSlack) -> None:
    assert command(bot, slack, "<@W2|eileen> in gala") == 200
    assert slack.done.wait(90)
    (parent,) = slack.posts
    assert "Found <@W2> in 3 photos of *gala*" in parent["text"]
    (completed,) = slack.completed
    assert (completed["channel_id"], completed["thread_ts"]) == ("C1", "17.1")
    assert len(json.loads(completed["files"])) == len(EILEENS) == len(slack.uploads)
    assert all(data.startswith(b"\xff\xd8\xff") for data in slack.uploads.values())


def test_other_words_with_the_same_trigger_are_another_request(bot: Bot, slack: BareSlack) -> None:
    assert command(bot, slack, "in no-such-event") == 200
    assert slack.done.wait(90)
    slack.done.clear()
    assert command(bot, slack, "in crab-week") == 200  # its channel's members are not to be had: not seen
    assert slack.done.wait(90)
    assert all("There is no event called" in told["text"] for told in slack.told)
    assert len(slack.told) == 2


def test_a_handshake_and_an_unknown_event(bot: Bot) -> None:
    handshake = json.dumps({"type": "url_verification", "challenge": "abc"})
    assert deliver(bot, handshake, "application/json") == 200
    event = {"type": "event_callback", "event_id": "Ev1", "team_id": "T1", "event": {"type": "pin_added"}}
    assert deliver(bot, json.dumps(event), "application/json") == 200
