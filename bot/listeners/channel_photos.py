"""Photos that come and go in channels: events that were indexed from there follow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slack_bolt import App, BoltContext

from bot.following import Follower
from bot.listeners.requests import team_of
from bot.slack.addresses import SCHEME, SlackAddress
from bot.slack.files import attached

NEW = frozenset({None, "file_share", "thread_broadcast", "bot_message"})
CHANNELS = frozenset({"channel", "group"})

Message = Mapping[str, Any]


def register(app: App, follower: Follower) -> None:
    """Registers the messages of channels that have files, their deletion, and file_deleted: before the
    listener that takes all other messages."""

    def shared(context: BoltContext, body: dict[str, Any], event: dict[str, Any]) -> None:
        follower.shared(_place(context, body, event), event)

    def message_deleted(context: BoltContext, body: dict[str, Any], event: dict[str, Any]) -> None:
        files = [str(file["id"]) for file in attached(event["previous_message"]) if file.get("id")]
        ts = str(event.get("deleted_ts") or event["previous_message"].get("ts") or "")
        follower.deleted(_place(context, body, event), files, with_message=ts or None)

    def file_deleted(context: BoltContext, body: dict[str, Any], event: dict[str, Any]) -> None:
        if event.get("file_id"):
            follower.deleted(f"{SCHEME}{team_of(context, body)}/", [str(event["file_id"])])

    app.event("message", matchers=[brings_files])(shared)
    app.event("message", matchers=[takes_files])(message_deleted)
    app.event("file_deleted")(file_deleted)


def brings_files(event: Message) -> bool:
    """A new message with files in a channel."""
    new = event.get("subtype") in NEW and bool(event.get("channel"))
    return new and event.get("channel_type") in CHANNELS and bool(attached(event))


def takes_files(event: Message) -> bool:
    """A message with files that was deleted from a channel."""
    before = event.get("previous_message")
    gone = event.get("subtype") == "message_deleted" and isinstance(before, dict)
    return gone and event.get("channel_type") in CHANNELS and bool(attached(before or {}))


def _place(context: BoltContext, body: Message, event: Message) -> str:
    return SlackAddress(team_of(context, body), str(event["channel"])).uri
