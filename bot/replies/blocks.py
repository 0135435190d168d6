"""Block Kit messages; pure. Every message also says everything in its plain text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot import words

SECTION = 3000  # characters that Slack takes in a section
TEXT = 4000  # in a message's text

Block = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Message:
    """What chat.postMessage takes."""

    text: str  # the whole content, for notifications and screen readers
    blocks: list[Block]


def section(text: str) -> Block:
    """A paragraph."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": words.clip(text, SECTION)}}


def context(text: str) -> Block:
    """A small line."""
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": words.clip(text, SECTION)}]}


def message(text: str, notes: Sequence[str] = ()) -> Message:
    """A paragraph with small lines below."""
    whole = "\n".join([text, *notes])
    return Message(words.clip(whole, TEXT), [section(text), *(context(note) for note in notes)])


def question(text: str, actions: Sequence[Block]) -> Message:
    """A paragraph with buttons below."""
    return Message(words.clip(text, TEXT), [section(text), {"type": "actions", "elements": list(actions)}])


def button(text: str, action: str, value: str, *, style: str | None = None) -> Block:
    """A button; style: None, `primary` or `danger`."""
    label = {"type": "plain_text", "text": text}
    return {
        "type": "button",
        "text": label,
        "action_id": action,
        "value": value,
        **({"style": style} if style else {}),
    }
