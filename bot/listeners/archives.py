"""`@FindMe index NAME` with a ZIP archive attached: admins index what they upload."""

from __future__ import annotations

from typing import Any

from slack_bolt import App, BoltContext

from bot import words
from bot.background import Background
from bot.errors import Refused
from bot.listeners.mentions import is_from_person
from bot.listeners.requests import message_conversation
from bot.organiser import Organiser
from bot.parsing import parse_upload
from bot.replies.threads import Messenger
from bot.slack.choices import is_archive
from bot.slack.conversation import Conversation
from bot.slack.files import File, attached


def register(app: App, organiser: Organiser, background: Background, messenger: Messenger) -> None:
    """Registers app_mention, for messages that bring an archive: before the listener that takes the rest."""

    def brings_archive(event: dict[str, Any]) -> bool:
        return is_from_person(event) and any(is_archive(file) for file in attached(event))

    def uploaded(context: BoltContext, body: dict[str, Any], event: dict[str, Any]) -> None:
        asked = message_conversation(context, body, event)
        slug = parse_upload(str(event.get("text") or ""), context.bot_user_id)
        file = next(file for file in attached(event) if is_archive(file))

        def tell(sentence: str) -> None:
            messenger.tell(asked, sentence)

        background.offer(lambda: tell(answer(slug, file, asked, organiser)), tell)

    app.event("app_mention", matchers=[brings_archive])(uploaded)


def answer(slug: str, file: File, asked: Conversation, organiser: Organiser) -> str:
    """Starts the indexing of an archive; the sentence to say. Raises Refused, SourceUnreachable."""
    if not slug:
        raise Refused(words.UPLOAD_USAGE)
    organiser.admit(asked)
    return organiser.index_archive(slug, file, asked)
