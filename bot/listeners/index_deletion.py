"""The question of `/index-event delete`, and what its buttons do."""

from __future__ import annotations

import json
from typing import Any

from slack_bolt import Ack, App, BoltContext

from bot import words
from bot.background import Background
from bot.listeners.requests import action_conversation
from bot.organiser import Chosen, Organiser
from bot.replies.blocks import Message, button
from bot.replies.blocks import question as asking
from bot.replies.threads import Messenger
from bot.slack.conversation import Conversation

DELETE, KEEP = "delete_event", "keep_event"


def register(app: App, organiser: Organiser, background: Background, messenger: Messenger) -> None:
    """Registers both buttons."""

    def delete(ack: Ack, context: BoltContext, body: dict[str, Any]) -> None:
        ack()
        asked, value = action_conversation(context, body), _value(body)
        background.lengthy.submit(  # it waits for the photos in hand of a run
            lambda: erase(value, asked, organiser, messenger),
            lambda sentence: messenger.replace(asked, sentence),
        )

    def keep(ack: Ack, context: BoltContext, body: dict[str, Any]) -> None:
        ack()
        asked, slug = action_conversation(context, body), str(_value(body).get("slug"))
        background.submit(
            lambda: messenger.replace(asked, words.kept(slug)),
            lambda sentence: messenger.replace(asked, sentence),
        )

    app.action(DELETE)(delete)
    app.action(KEEP)(keep)


def question(chosen: Chosen, source: str) -> Message:
    """What is asked before an event is erased; the buttons know what was asked about.

    source: where its photos come from, in Slack's markup.
    """
    event = chosen.event
    text = words.ask_to_delete(
        chosen.key.slug,
        event.photos if event else 0,
        event.faces if event else 0,
        source,
        running=chosen.running,
    )
    value = json.dumps({"slug": chosen.key.slug, "event": event.id if event else None})
    return asking(
        text,
        [button("Delete it", DELETE, value, style="danger"), button("Keep it", KEEP, value)],
    )


def erase(value: dict[str, Any], asked: Conversation, organiser: Organiser, messenger: Messenger) -> None:
    """Erases the event and says how much went. Raises Refused, FindMeError."""
    slug, event = str(value.get("slug")), value.get("event")
    organiser.admit(asked)
    messenger.replace(asked, words.deleting(slug))
    messenger.replace(asked, organiser.delete(slug, event if isinstance(event, int) else None, asked))


def _value(body: dict[str, Any]) -> dict[str, Any]:
    value = json.loads((body.get("actions") or [{}])[0].get("value") or "{}")
    return value if isinstance(value, dict) else {}
