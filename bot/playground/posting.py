"""Where a bot may read, post and upload: Slack's own rules."""

from __future__ import annotations

import re

from bot.playground.errors import SlackRefusal
from bot.playground.model import AppIdentity, Channel, Kind
from bot.playground.workspace import Workspace

TS = re.compile(r"\d{10}\.\d{6}")


def visible_channel(workspace: Workspace, app: AppIdentity, channel_id: str) -> Channel:
    """The conversation, if the bot can know of it. What is closed to it does not exist."""
    channel = workspace.channel(channel_id)
    if channel is None or (channel.kind is not Kind.PUBLIC and app.bot_user not in channel.members):
        raise SlackRefusal("channel_not_found")
    return channel


def check_member(app: AppIdentity, channel: Channel) -> None:
    if app.bot_user not in channel.members:
        raise SlackRefusal("not_in_channel")


def check_open(channel: Channel, *, messages_tab: bool) -> None:
    """Refuses what is archived, restricted, or a DM whose Messages tab is off."""
    if channel.archived:
        raise SlackRefusal("is_archived")
    if channel.restricted:
        raise SlackRefusal(channel.restricted)
    if channel.kind is Kind.DM and not messages_tab:
        raise SlackRefusal("messages_tab_disabled")


def check_thread(workspace: Workspace, channel: Channel, thread_ts: str | None) -> str | None:
    """The parent's ts. Raises for one that is malformed or that no message has."""
    if not thread_ts:
        return None
    if not TS.fullmatch(thread_ts):
        raise SlackRefusal("invalid_thread_ts")
    parent = workspace.message(channel.id, thread_ts)
    if parent is None or parent.visible_to is not None:
        raise SlackRefusal("thread_not_found")
    return parent.thread_ts or parent.ts
