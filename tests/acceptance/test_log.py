"""What the log keeps of what was foreseen: one line, with Slack's code and the method, and no traceback."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.acceptance.world import World


@dataclass(frozen=True)
class Case:
    """Something that Slack refuses, or that a person cannot have."""

    trouble: Callable[[World], None]
    ask: Callable[[World], None]
    line: str  # of the log


def refused(method: str, code: str, retry_after: int | None = None) -> Callable[[World], None]:
    return lambda findme: findme.slack.refuse(method, code, times=None, retry_after=retry_after)


def looked_for(answer: str) -> Callable[[World], None]:
    def ask(findme: World) -> None:
        findme.find("@grace")
        findme.told(answer)

    return ask


def uploaded_in_vain(findme: World) -> None:
    findme.find("@grace")
    findme.replied(findme.crabs, findme.parent(findme.crabs).ts, "could not upload")


def renamed_in_vain(findme: World) -> None:
    findme.index("rename crab-week gala")
    findme.told("gala")


CASES = {
    "ratelimited": Case(
        refused("users.info", "ratelimited", retry_after=300),
        looked_for("slow down"),
        "Slack refused: users.info: ratelimited",
    ),
    "token_revoked": Case(
        refused("users.info", "token_revoked"),
        looked_for("no longer accepts my token"),
        "Slack refused: users.info: token_revoked",
    ),
    "missing_scope": Case(
        lambda findme: findme.slack.revoke("users:read"),
        looked_for("I lack a permission"),
        "Slack refused: users.info: missing_scope (needed: users:read)",
    ),
    "an outage": Case(
        lambda findme: findme.slack.fail("users.info", "http_500", times=None),
        looked_for("Slack did not answer me"),
        "users.info",
    ),
    "silence": Case(
        lambda findme: findme.slack.fail("users.info", "drop", times=None),
        looked_for("Slack did not answer me"),
        "Slack did not answer: ",
    ),
    "storage_limit_reached": Case(
        refused("files.completeUploadExternal", "storage_limit_reached"),
        uploaded_in_vain,
        "failed: files.completeUploadExternal: storage_limit_reached",
    ),
    "a taken name": Case(lambda _: None, renamed_in_vain, "answered with: "),
}


@pytest.fixture
def heard(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """The log of what happens from now on, as `findme serve` has it."""
    caplog.set_level(logging.CRITICAL, "slack_sdk.web.base_client")
    caplog.set_level(logging.WARNING)
    return caplog


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_what_is_foreseen_is_one_line(findme: World, heard: pytest.LogCaptureFixture, case: Case) -> None:
    heard.clear()
    case.trouble(findme)
    case.ask(findme)
    findme.settle()
    lines = [line for record in heard.records for line in heard.handler.format(record).splitlines()]
    assert len(lines) == 1, lines
    assert case.line in lines[0]


def test_what_nobody_foresaw_keeps_its_traceback(
    findme: World, heard: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.search.PersonSearch.by_person", lambda *_: {}["nobody foresaw this"])
    looked_for("went wrong on my side")(findme)
    assert any(record.exc_info for record in heard.records)
