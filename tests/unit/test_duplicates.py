"""What is delivered twice is answered once, whatever it carries to tell it by."""

from __future__ import annotations

from typing import Any

import pytest
from slack_bolt import BoltResponse

from bot.listeners.duplicates import Duplicates

COMMAND = {"command": "/findme", "text": "me", "user_id": "U1", "channel_id": "C1"}


def answered(duplicates: Duplicates, body: dict[str, Any]) -> bool:
    answers: list[int] = []

    def answer() -> BoltResponse:
        answers.append(1)
        return BoltResponse(status=200)

    assert duplicates.once(body, answer).status == 200
    return bool(answers)


@pytest.mark.parametrize(
    "named", [{}, {"trigger_id": "1.2"}, {"response_url": "https://x/1"}, {"trigger_id": "1.2", "token": "t"}]
)
def test_a_command_that_comes_twice(named: dict[str, str]) -> None:
    duplicates = Duplicates()
    assert answered(duplicates, COMMAND | named)
    assert not answered(duplicates, COMMAND | named)
    assert answered(duplicates, COMMAND | named | {"text": "in gala"})
    assert answered(duplicates, COMMAND | named | {"user_id": "U2"})


def test_people_may_repeat_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    duplicates = Duplicates()
    assert answered(duplicates, COMMAND | {"trigger_id": "1"})
    assert answered(duplicates, COMMAND | {"trigger_id": "2"})
    monkeypatch.setattr("bot.listeners.duplicates.UNNAMED_LIFETIME", 0)
    briefly = Duplicates()
    assert answered(briefly, COMMAND)
    assert answered(briefly, COMMAND)
