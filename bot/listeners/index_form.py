"""The form of `/index-event`: opened at once, filled in when it is known who asks, and submitted."""

from __future__ import annotations

import logging
from typing import Any

from slack_bolt import Ack, App, BoltContext
from slack_sdk.errors import SlackApiError

from bot import words
from bot.background import Background
from bot.errors import Refused
from bot.listeners.requests import team_of
from bot.organiser import Organiser
from bot.replies import index_form
from bot.replies.index_form import Entry, SourceKind
from bot.replies.threads import Messenger
from bot.slack.brief import brief
from bot.slack.client import SILENCE
from bot.slack.conversation import Conversation
from bot.slack.forms import Forms
from pipeline.errors import EventConflict, FindMeError, InvalidEventName
from pipeline.types import EventKey

log = logging.getLogger(__name__)


def register(
    app: App, organiser: Organiser, background: Background, messenger: Messenger, forms: Forms
) -> None:
    """Registers the form's menu and its submission."""

    def change(ack: Ack, context: BoltContext, body: dict[str, Any]) -> None:
        ack()
        view = body.get("view") or {}
        kind = index_form.kind_of((view.get("state") or {}).get("values") or {})
        asked = _conversation(context, body)
        background.submit(
            lambda: fill(str(view.get("id")), kind, asked, organiser, forms),
            lambda sentence: forms.update(str(view.get("id")), index_form.refusal(sentence)),
        )

    def submit(ack: Ack, context: BoltContext, body: dict[str, Any]) -> None:
        entry = index_form.read(((body.get("view") or {}).get("state") or {}).get("values") or {})
        asked = _conversation(context, body)
        errors = entry.errors or problems(entry, asked, organiser)
        if not errors and background.busy:
            errors = {index_form.NAME: words.BUSY}
        if errors:
            ack(response_action="errors", errors=dict(errors))
            return
        ack()
        background.submit(
            lambda: start(entry, asked, organiser, messenger),
            lambda sentence: messenger.tell(asked, sentence),
        )

    app.action(index_form.KIND)(change)
    app.view(index_form.CALLBACK)(submit)


def open_form(
    asked: Conversation,
    trigger: str,
    organiser: Organiser,
    background: Background,
    messenger: Messenger,
    forms: Forms,
) -> None:
    """Opens the form before anything else is asked of Slack: a trigger_id lives three seconds."""
    try:
        view_id = forms.open(trigger, index_form.loading())
    except (SlackApiError, *SILENCE) as error:
        log.warning("the form could not be opened: %s", brief(error))
        messenger.tell(asked, f"{words.FORM_CLOSED}\n\n{words.INDEX_USAGE}")
        return
    background.submit(
        lambda: fill(view_id, SourceKind.FOLDER, asked, organiser, forms),
        lambda sentence: forms.update(view_id, index_form.refusal(sentence)),
    )


def fill(view_id: str, kind: SourceKind, asked: Conversation, organiser: Organiser, forms: Forms) -> None:
    """Shows the fields to an admin. Raises Refused, SlackApiError and what SILENCE names."""
    organiser.admit(asked)
    folders = organiser.folders() if kind is SourceKind.FOLDER else []
    forms.update(view_id, index_form.form(asked, kind, folders))


def problems(entry: Entry, asked: Conversation, organiser: Organiser) -> dict[str, str]:
    """What is wrong with the name and the source, by field: only what can be said without asking Slack."""
    key = EventKey(entry.wish.name, asked.team, entry.channel or asked.channel)
    try:
        organiser.check_name(key)
    except (EventConflict, InvalidEventName, Refused) as error:
        return {index_form.NAME: index_form.plain(str(error))}
    except FindMeError as error:
        return {index_form.NAME: str(error)}
    try:
        organiser.check_source(entry.wish, key)
    except FindMeError as error:
        return {entry.field: index_form.plain(str(error))}
    return {}


def start(entry: Entry, asked: Conversation, organiser: Organiser, messenger: Messenger) -> None:
    """Starts the same run as the typed command. Raises Refused, FindMeError."""
    organiser.admit(asked)
    messenger.tell(asked, organiser.index(entry.wish, asked))


def _conversation(context: BoltContext, body: dict[str, Any]) -> Conversation:
    """That of the command which opened the form."""
    metadata = str((body.get("view") or {}).get("private_metadata") or "")
    channel, group, response_url = index_form.asked_in(metadata)
    return Conversation(
        team=team_of(context, body),
        channel=channel,
        user=str((body.get("user") or {}).get("id")),
        bot=context.bot_user_id,
        group=group,
        response_url=response_url,
    )
