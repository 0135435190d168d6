"""Who counts as a member and as an admin, and which channels count as shared, from what Slack tells."""

from __future__ import annotations

from typing import Any

import pytest
from slack_sdk.errors import SlackApiError

from bot.slack.channels import Channels
from bot.slack.people import People


class Answers:
    """A client that gives one answer, or refuses with a word."""

    def __init__(self, answer: dict[str, Any], refusal: str = "") -> None:
        self._answer = answer
        self._refusal = refusal
        self.calls: list[str] = []

    def conversations_members(self, **_: Any) -> dict[str, Any]:
        return self._answered("members")

    def conversations_open(self, **_: Any) -> dict[str, Any]:
        return self._answered("open")

    def _answered(self, call: str) -> dict[str, Any]:
        self.calls.append(call)
        if self._refusal:
            raise SlackApiError("no", {"ok": False, "error": self._refusal})
        return self._answer

    def users_info(self, **_: str) -> dict[str, Any]:
        if self._refusal:
            raise SlackApiError("no", {"ok": False, "error": self._refusal})
        return self._answer

    def conversations_info(self, **_: str) -> dict[str, Any]:
        if self._refusal == "silence":
            raise TimeoutError
        if self._refusal:
            raise SlackApiError("no", {"ok": False, "error": self._refusal})
        return self._answer


def people(answer: dict[str, Any]) -> People:
    return People(Answers(answer))  # type: ignore[arg-type]  # as much of a client as is asked


@pytest.mark.parametrize(
    ("answer", "member"),
    [
        ({"user": {"id": "U1"}}, True),
        ({"user": {"profile": {}, "name": "grace"}}, True),
        ({"user": {"id": "U1", "team_id": "T1"}}, True),
        ({"user": {"id": "U1", "team_id": "T2"}}, False),
        ({"user": {}}, False),
        ({"user": None}, False),
        ({}, False),
    ],
)
def test_members(answer: dict[str, Any], member: bool) -> None:
    assert people({"ok": True} | answer).is_member("U1", {"T1"}) is member


@pytest.mark.parametrize(
    ("user", "admin"),
    [
        ({"id": "U1", "is_admin": True}, True),
        ({"id": "U1", "is_owner": True, "team_id": "T1"}, True),
        ({"id": "U1", "is_admin": True, "team_id": "T2"}, False),
        ({"id": "U1", "is_admin": True, "team_id": "T2", "enterprise_user": {"teams": ["T1"]}}, False),
        ({"id": "U1", "is_admin": "yes"}, False),
        ({"id": "U1"}, False),
        ({}, False),
    ],
)
def test_admins_are_of_this_workspace(user: dict[str, Any], admin: bool) -> None:
    assert people({"ok": True, "user": user}).is_workspace_admin("U1", "T1") is admin


@pytest.mark.parametrize(("refusal", "admin"), [("internal_error", None), ("user_not_found", False)])
def test_slack_may_not_tell_who_is_an_admin(refusal: str, admin: bool | None) -> None:
    silent = People(Answers({}, refusal))  # type: ignore[arg-type]  # as much of a client as is asked
    assert silent.is_workspace_admin("U1", "T1") is admin


@pytest.mark.parametrize(
    ("answer", "refusal", "shared"),
    [
        ({"channel": {"is_ext_shared": True}}, "", True),
        ({"channel": {"is_pending_ext_shared": True}}, "", True),
        ({"channel": {"id": "C1"}}, "", False),
        ({}, "", False),
        ({}, "unknown_method", False),
        ({}, "method_not_supported", False),
        ({}, "channel_not_found", False),
        ({}, "missing_scope", None),
        ({}, "ratelimited", None),
        ({}, "internal_error", None),
        ({}, "silence", None),
    ],
)
def test_channels_shared_with_others(answer: dict[str, Any], refusal: str, shared: bool | None) -> None:
    channels = Channels(Answers(answer, refusal))  # type: ignore[arg-type]  # as much of a client as is asked
    assert channels.shared_outside("C1") is shared
    assert channels.shared_outside("C1") is shared


def channels(answers: Answers) -> Channels:
    return Channels(answers)  # type: ignore[arg-type]  # as much of a client as is asked


def test_in_a_direct_conversation_with_the_bot_there_is_one_person() -> None:
    answers = Answers({"channel": {"id": "D1"}})
    known = channels(answers)
    assert [known.has_member(channel, "U1") for channel in ("D1", "D2", "D1")] == [True, False, True]
    assert answers.calls == ["open"]
    assert channels(Answers({"members": ["U1"]})).has_member("C1", "U1") is True
    assert channels(Answers({"members": ["U1"]})).has_member("C1", "U2") is False


@pytest.mark.parametrize("refusal", ["missing_scope", "internal_error"])
def test_a_question_that_was_asked_in_vain_is_not_asked_again_at_once(refusal: str) -> None:
    answers = Answers({}, refusal)
    known = channels(answers)
    for _ in range(3):
        assert known.has_member("C1", "U1") is None
        assert known.has_member("D1", "U1") is None
    assert answers.calls == ["members", "open"]
