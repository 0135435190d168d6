"""Where a request came from, read from what Slack sends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slack_bolt import BoltContext

from bot.slack.conversation import Conversation


def team_of(context: BoltContext, body: Mapping[str, Any]) -> str:
    """The workspace that the bot is installed in: its token's, else what the request says."""
    own = context.authorize_result.team_id if context.authorize_result else None
    authorizations = body.get("authorizations") or [{}]
    return str(own or authorizations[0].get("team_id") or body.get("team_id") or "")


def home_of(context: BoltContext, body: Mapping[str, Any]) -> frozenset[str]:
    """The ids whose people count as this workspace's: the workspace, and its organisation if it is in one."""
    result = context.authorize_result
    ids = {team_of(context, body), result.enterprise_id if result else None}
    if body.get("command"):  # nobody else's people can type this app's commands
        ids |= {body.get("team_id"), body.get("enterprise_id")}
    return frozenset(str(one) for one in ids if one)


def command_conversation(context: BoltContext, body: Mapping[str, Any]) -> Conversation:
    """The conversation of a slash command."""
    return Conversation(
        team=team_of(context, body),
        channel=str(body["channel_id"]),
        user=str(body["user_id"]),
        bot=context.bot_user_id,
        group=str(body.get("channel_name") or "").startswith("mpdm-"),
        response_url=body.get("response_url") or None,
    )


def action_conversation(context: BoltContext, body: Mapping[str, Any]) -> Conversation:
    """The conversation of a pressed button; its response_url leads to the message with the button."""
    container = body.get("container") or {}
    channel = (body.get("channel") or {}).get("id") or container.get("channel_id")
    return Conversation(
        team=team_of(context, body),
        channel=str(channel),
        user=str((body.get("user") or {}).get("id")),
        thread=container.get("thread_ts"),
        bot=context.bot_user_id,
        response_url=body.get("response_url") or None,
    )


def message_conversation(
    context: BoltContext, body: Mapping[str, Any], event: Mapping[str, Any]
) -> Conversation:
    """The conversation of a message or a mention: its thread, or one that begins at it."""
    return Conversation(
        team=team_of(context, body),
        channel=str(event["channel"]),
        user=str(event["user"]),
        bot=context.bot_user_id,
        thread=str(event.get("thread_ts") or event["ts"]),
    )
