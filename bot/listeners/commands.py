"""`/findme`: acknowledges at once and searches in the background."""

from __future__ import annotations

from typing import Any

from slack_bolt import Ack, App, BoltContext

from bot import words
from bot.background import Background
from bot.listeners.requests import command_conversation, home_of
from bot.parsing import FindRequest, Problem, parse_find
from bot.replies.threads import Messenger
from bot.search import PersonSearch
from bot.slack.conversation import Conversation

COMMAND = "/findme"


def register(app: App, search: PersonSearch, background: Background, messenger: Messenger) -> None:
    """Registers `/findme`."""

    def find(ack: Ack, context: BoltContext, body: dict[str, Any]) -> None:
        wish = parse_find(str(body.get("text") or ""))
        asked = command_conversation(context, body)
        home = home_of(context, body)
        if wish.problem is Problem.NO_EVENT_NAME:
            ack(response_type="ephemeral", text=words.ONE_MOMENT)
            background.submit(
                lambda: messenger.tell(asked, which_event(search, asked, home)), _teller(messenger, asked)
            )
            return
        reply = explanation(wish)
        if reply is None and background.busy:
            reply = words.BUSY
        if reply is not None:
            ack(response_type="ephemeral", text=reply)
            return
        ack(response_type="ephemeral", text=words.looking(wish.user or asked.user, asked.user, wish.event))
        background.submit(
            lambda: search.by_person(asked, wish.user, wish.event, home), _teller(messenger, asked)
        )

    app.command(COMMAND)(find)


def explanation(wish: FindRequest) -> str | None:
    """The answer to a request that is none; None where there is something to search."""
    if wish.help:
        return words.FIND_USAGE
    if wish.problem is Problem.SEVERAL:
        return words.ONE_AT_A_TIME
    if wish.problem is Problem.PLAIN_NAME:
        return words.MENTION_HOW
    if wish.problem is Problem.USAGE:
        return words.usage(wish.detail)
    return None


def which_event(search: PersonSearch, asked: Conversation, home: frozenset[str]) -> str:
    """The answer to `in` with nothing after it: what there is."""
    return words.missing_event_name(search.visible_events(asked, home))


def _teller(messenger: Messenger, asked: Conversation) -> Any:
    return lambda sentence: messenger.tell(asked, sentence)
