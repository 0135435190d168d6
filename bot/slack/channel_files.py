"""The files of a channel: its history page by page, and the threads in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any

from slack_sdk import WebClient
from slack_sdk.web import SlackResponse

from bot.parsing import MENTION
from bot.slack.files import File, attached
from pipeline.errors import SourceUnreachable

PAGE = 200  # messages a call: what Slack recommends
OLDER = 5  # such calls for messages from before a moment, whose threads may have gone on since

Message = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Self:
    """Who the bot is, so that it knows what it has posted itself."""

    team: str
    user: str
    bot: str  # "" where Slack does not say

    def wrote(self, message: Message) -> bool:
        """Is it a message of the bot's own: an answer with photos that it found?"""
        by = message.get("user") == self.user
        return by or bool(self.bot and message.get("bot_id") == self.bot)

    def is_asked(self, message: Message) -> bool:
        """Does the message mention the bot? Its photo is then a question, and none of the event's."""
        return any(user == self.user for user in MENTION.findall(str(message.get("text") or "")))


def who_am_i(client: WebClient) -> Self:
    """Asks Slack whose token it is. Raises SlackApiError and what SILENCE names."""
    answer = client.auth_test()
    return Self(
        str(answer.get("team_id") or ""), str(answer.get("user_id") or ""), str(answer.get("bot_id") or "")
    )


def files_of_channel(
    client: WebClient, channel: str, me: Self, since: datetime | None = None
) -> Iterator[File]:
    """Every file that people shared in a channel and its threads, each once, the newest message first.

    since: those of messages from then on, of their threads, and of later replies to the OLDER * PAGE messages
    before. Raises SlackApiError and what SILENCE names, SourceUnreachable.
    """
    seen: set[str] = set()
    for message in _messages(client, channel, since):
        for file in files_of_message(message, me):
            if str(file["id"]) not in seen:
                seen.add(str(file["id"]))
                yield file


def files_of_message(message: Message, me: Self) -> Iterator[File]:
    """The files that somebody else than the bot shared with a message, forwarded ones included."""
    if me.wrote(message) or me.is_asked(message):
        return
    for file in attached(message):
        if file.get("id") and file.get("user") != me.user:
            yield file


def _messages(client: WebClient, channel: str, since: datetime | None) -> Iterator[Message]:
    """The channel's messages, each followed by its thread, and what came in older threads since."""
    oldest = None if since is None else f"{since.timestamp():.6f}"
    for message in _pages(
        lambda cursor: client.conversations_history(channel=channel, limit=PAGE, cursor=cursor, oldest=oldest)
    ):
        yield message
        if message.get("reply_count"):
            yield from _thread(client, channel, message)
    if oldest is not None:
        yield from _late_replies(client, channel, oldest)


def _late_replies(client: WebClient, channel: str, since: str) -> Iterator[Message]:
    """The replies from then on in threads that began before; Slack lists them under their beginnings alone.

    To look at all of these would be to list the channel, which is what a complete run does.
    """
    older = _pages(
        lambda cursor: client.conversations_history(channel=channel, limit=PAGE, cursor=cursor, latest=since),
        most=OLDER,
    )
    for message in older:
        if str(message.get("latest_reply") or "") >= since:
            replies = _thread(client, channel, message, since)
            yield from (reply for reply in replies if str(reply.get("ts") or "") >= since)


def _thread(
    client: WebClient, channel: str, message: Message, oldest: str | None = None
) -> Iterator[Message]:
    """The thread under a message, which comes first, whatever `oldest` says."""
    ts = str(message.get("thread_ts") or message.get("ts") or "")
    if not ts:
        return iter(())
    return _pages(
        lambda cursor: client.conversations_replies(
            channel=channel, ts=ts, limit=PAGE, cursor=cursor, oldest=oldest
        )
    )


def _pages(ask: Callable[[str | None], SlackResponse], most: int | None = None) -> Iterator[Message]:
    cursor: str | None = None
    for _ in count() if most is None else range(most):
        page = ask(cursor)
        yield from (message for message in page.get("messages") or () if isinstance(message, dict))
        following = (page.get("response_metadata") or {}).get("next_cursor") or None
        if following is None:
            return
        if following == cursor:
            raise SourceUnreachable(
                "Slack gives the same page of the channel again and again. Index the event again in a while."
            )
        cursor = str(following)
