"""Requests that Slack does not send: what /slack/events answers, and what the log keeps of them."""

from __future__ import annotations

import logging
import time
from typing import Any
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient

from bot.playground import SIGNING_SECRET
from bot.playground.deliveries import Envelope, sign
from bot.serve import wsgi_app
from tests.acceptance.world import World
from tests.workers import wait_for

FORM, JSON = "application/x-www-form-urlencoded", "application/json"
COMMAND = urlencode({"command": "/findme", "user_id": "U1", "channel_id": "C1", "team_id": "T1"})
FILLED = {"name": {"name": {"value": "party"}}, "path": {"path": {"value": "week"}}}
UNREADABLE = [
    pytest.param('{"type":', JSON, id="cut short"),
    pytest.param("[1]", JSON, id="a list"),
    pytest.param("null", JSON, id="null"),
    pytest.param("[" * 100_000, JSON, id="deep"),
    pytest.param('{"team": 5}', JSON, id="a number for the workspace"),
    pytest.param("payload=%7B%22type%22", FORM, id="an interaction cut short"),
]


@pytest.fixture
def web(findme: World, caplog: pytest.LogCaptureFixture) -> FlaskClient:
    """The bot's door; from now on the log is kept."""
    caplog.set_level(logging.INFO)
    caplog.clear()
    return wsgi_app(findme.bot).test_client()


def post(web: FlaskClient, body: str, kind: str, timestamp: str, signature: str) -> tuple[int, str]:
    headers = {"Content-Type": kind, "X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": signature}
    answer = web.post("/slack/events", data=body, headers=headers)
    return answer.status_code, answer.text


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What the log has, as it is written: a traceback is many lines."""
    return [line for record in caplog.records for line in caplog.handler.format(record).splitlines()]


@pytest.mark.parametrize("timestamp", ["abc", "", "1" * 400, "1" * 5000, "nan", "0"])
def test_an_unusable_timestamp_is_refused(
    web: FlaskClient, caplog: pytest.LogCaptureFixture, timestamp: str
) -> None:
    status, said = post(web, COMMAND, FORM, timestamp, sign(SIGNING_SECRET, timestamp, COMMAND))
    assert (status, said.strip()) == (401, '{"error":"invalid request"}')
    assert len(lines(caplog)) <= 1


@pytest.mark.parametrize("signature", ["", "v0=0", "v0=\xe9"])
def test_an_unusable_signature_is_refused(
    web: FlaskClient, caplog: pytest.LogCaptureFixture, signature: str
) -> None:
    status, said = post(web, COMMAND, FORM, str(int(time.time())), signature)
    assert (status, said.strip()) == (401, '{"error":"invalid request"}')
    assert len(lines(caplog)) <= 1


@pytest.mark.parametrize(("body", "kind"), UNREADABLE)
def test_an_unreadable_body_is_refused_by_its_signature_first(
    web: FlaskClient, caplog: pytest.LogCaptureFixture, body: str, kind: str
) -> None:
    now = str(int(time.time()))
    assert post(web, body, kind, now, "v0=wrong")[0] == 401
    assert len(lines(caplog)) <= 1
    caplog.clear()
    status, said = post(web, body, kind, now, sign(SIGNING_SECRET, now, body))
    assert (status, said.strip()) == (400, '{"error":"invalid request"}')
    assert len(lines(caplog)) <= 1


def test_slacks_check_of_the_certificate_needs_no_signature(web: FlaskClient) -> None:
    assert web.post("/slack/events", data={"ssl_check": "1", "token": "t"}).status_code == 200


@pytest.mark.parametrize(
    "interaction",
    [
        {"type": "block_actions", "actions": [{"type": "button", "action_id": "of_old", "block_id": "b"}]},
        {"type": "block_actions", "actions": [{"type": "button", "action_id": "of\nold", "block_id": "b"}]},
        {"type": "view_submission", "view": {"type": "modal", "callback_id": "form_of_old", "id": "V1"}},
    ],
)
def test_what_an_earlier_version_has_left_is_acknowledged(
    findme: World, caplog: pytest.LogCaptureFixture, interaction: dict[str, Any]
) -> None:
    caplog.set_level(logging.DEBUG, "bot")
    caplog.clear()
    app = findme.slack.app
    person = {"id": findme.grace.id, "team_id": app.team_id}
    sent = {"user": person, "team": {"id": app.team_id}, "api_app_id": app.app_id} | interaction
    ack = findme.slack.deliveries.send(Envelope("interactive", sent))
    assert (ack.status, ack.body) == (200, "")
    findme.settle()
    wait_for(lambda: "nothing to do" in caplog.text)
    (record,) = [one for one in caplog.records if not one.name.startswith(("werkzeug", "slack_sdk"))]
    assert record.levelno == logging.DEBUG
    assert len(lines(caplog)) == len(caplog.records)


def test_a_form_that_is_late_to_acknowledge_is_not_taken_for_an_old_one(
    findme: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.listeners.index_form.problems", lambda *_: time.sleep(4) or {"name": "late"})
    view = {"type": "modal", "callback_id": "index_form", "id": "V1", "state": {"values": FILLED}}
    person = {"id": findme.grace.id, "team_id": findme.slack.app.team_id}
    sent = {"type": "view_submission", "user": person, "view": view}
    assert findme.slack.deliveries.send(Envelope("interactive", sent)).status == 404
