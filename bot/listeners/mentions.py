"""Mentions of the bot and direct messages to it: searches with the photo that they bring, or for whom they
name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slack_bolt import App, BoltContext
from slack_sdk import WebClient

from bot import words
from bot.background import Background
from bot.errors import Refused
from bot.listeners.commands import explanation, which_event
from bot.listeners.requests import home_of, message_conversation
from bot.parsing import FindRequest, Problem, event_in, parse_chat
from bot.replies.threads import Messenger
from bot.search import PersonSearch
from bot.slack.conversation import Conversation
from bot.slack.files import attached, find_message

ANSWERED_SUBTYPES = frozenset({None, "file_share", "thread_broadcast"})

Message = Mapping[str, Any]


def register(
    app: App, search: PersonSearch, background: Background, messenger: Messenger, client: WebClient
) -> None:
    """Registers app_mention and message.im."""

    def mentioned(context: BoltContext, body: dict[str, Any], event: dict[str, Any]) -> None:
        if not is_from_person(event):
            return
        asked = message_conversation(context, body, event)
        home, bot = home_of(context, body), context.bot_user_id
        run(asked, lambda: answer_mention(search, client, asked, event, home, bot))

    def written(context: BoltContext, body: dict[str, Any], event: dict[str, Any]) -> None:
        if event.get("channel_type", "im") != "im" or not is_from_person(event):
            return
        if not str(event.get("channel", "")).startswith("D"):
            return
        asked = message_conversation(context, body, event)
        home, bot = home_of(context, body), context.bot_user_id
        run(asked, lambda: answer_message(search, asked, event, home, bot))

    def run(asked: Conversation, job: Any) -> None:
        def tell(sentence: str) -> None:
            messenger.tell(asked, sentence)

        background.offer(job, tell)

    app.event("app_mention")(mentioned)
    app.event("message")(written)


def is_from_person(event: Message) -> bool:
    """A new message that a person wrote: no bot's, no edit, no deletion, no notice of Slack's."""
    return (
        event.get("subtype") in ANSWERED_SUBTYPES
        and not event.get("bot_id")
        and bool(event.get("user") and event.get("channel") and event.get("ts"))
        and event.get("user") != "USLACKBOT"
    )


def answer_mention(
    search: PersonSearch,
    client: WebClient,
    asked: Conversation,
    event: Message,
    home: frozenset[str],
    bot: str | None,
) -> None:
    """Searches with the mention's photo, or for whom its text names.

    Raises Refused with how to send a photo where the text asks for nothing.
    """
    files, text = attached(event), str(event.get("text") or "")
    if not files:  # a forwarded photo may be missing from the event, and be there in the message itself
        files = attached(find_message(client, asked.channel, str(event["ts"]), event.get("thread_ts")))
    if files:
        search.by_photo(asked, files, event_in(text, bot), home)
        return
    wish = parse_chat(text, bot)
    if wish.problem is Problem.USAGE:
        raise Refused(words.PHOTO_USAGE)
    answer_wish(search, asked, wish, home)


def answer_message(
    search: PersonSearch, asked: Conversation, event: Message, home: frozenset[str], bot: str | None
) -> None:
    """Searches with a direct message's photo, or does what its text says."""
    files, text = attached(event), str(event.get("text") or "")
    if files:
        search.by_photo(asked, files, event_in(text, bot), home)
        return
    wish = parse_chat(text, bot)
    if wish.help or wish.problem is Problem.USAGE:
        raise Refused(words.CHAT_USAGE)
    answer_wish(search, asked, wish, home)


def answer_wish(search: PersonSearch, asked: Conversation, wish: FindRequest, home: frozenset[str]) -> None:
    """Searches by profile picture for whom words name. Raises Refused with why, where they name nobody."""
    if wish.problem is Problem.NO_EVENT_NAME:
        raise Refused(which_event(search, asked, home))
    reply = explanation(wish)
    if reply is not None:
        raise Refused(reply)
    search.by_person(asked, wish.user, wish.event, home)
