"""`/index-event`: admins index photos as events of their channel, and look after them."""

from __future__ import annotations

from typing import Any

from slack_bolt import Ack, App, BoltContext

from bot import words
from bot.background import Background
from bot.listeners import index_deletion, index_form
from bot.listeners.requests import command_conversation
from bot.organiser import Organiser
from bot.replies.threads import Messenger
from bot.slack.conversation import Conversation
from bot.slack.forms import Forms
from bot.verbs import IndexWish, Verb, parse_index

COMMAND = "/index-event"


def register(
    app: App, organiser: Organiser, background: Background, messenger: Messenger, forms: Forms
) -> None:
    """Registers `/index-event`, its form, and the buttons of its question."""

    def index(ack: Ack, context: BoltContext, body: dict[str, Any]) -> None:
        wish = parse_index(str(body.get("text") or ""))
        asked = command_conversation(context, body)
        reply = explanation(wish)
        if reply is None and background.busy:
            reply = words.BUSY
        if reply is not None:
            ack(response_type="ephemeral", text=reply)
            return
        if wish.verb is Verb.FORM:
            ack()
            trigger = str(body.get("trigger_id") or "")
            background.prompt.offer(
                lambda: index_form.open_form(asked, trigger, organiser, background, messenger, forms),
                lambda sentence: messenger.tell(asked, sentence),
            )
            return
        ack(response_type="ephemeral", text=words.ONE_MOMENT)
        # Whether the person is an admin is asked of Slack, and that may take longer than an acknowledgement.
        background.submit(
            lambda: answer(wish, asked, organiser, messenger),
            lambda sentence: messenger.tell(asked, sentence),
        )

    app.command(COMMAND)(index)
    index_form.register(app, organiser, background, messenger, forms)
    index_deletion.register(app, organiser, background, messenger)


def explanation(wish: IndexWish) -> str | None:
    """The answer to a wish that is none; None where there is something to do."""
    if wish.verb is Verb.HELP:
        return words.INDEX_USAGE
    if wish.verb is not Verb.PROBLEM:
        return None
    if wish.of is not None:
        return words.verb_usage(wish.of)
    return f"{words.meant(wish.meant)}\n\n{words.INDEX_USAGE}" if wish.meant else words.INDEX_USAGE


def answer(wish: IndexWish, asked: Conversation, organiser: Organiser, messenger: Messenger) -> None:
    """Does what was wished for, and says so. Raises Refused, FindMeError."""
    organiser.admit(asked)
    if wish.verb is Verb.DELETE:
        chosen = organiser.choose(wish.name, asked)
        messenger.ask(asked, index_deletion.question(chosen, organiser.source_of(chosen)))
        return
    if wish.verb is Verb.STATUS:
        messenger.tell(asked, organiser.status(asked))
        return
    does = {Verb.INDEX: organiser.index, Verb.CANCEL: organiser.cancel, Verb.RENAME: organiser.rename}
    messenger.tell(asked, does[wish.verb](wish, asked))
