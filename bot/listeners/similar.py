"""The button below a reply that brings further shots of the moments it shows."""

from __future__ import annotations

from typing import Any

from slack_bolt import Ack, App, BoltContext

from bot.background import Background
from bot.listeners.requests import home_of, team_of
from bot.replies.blocks import SIMILAR, Message
from bot.replies.threads import Messenger
from bot.similar import SimilarShots, shots_of, without_buttons
from bot.slack.conversation import Conversation


def register(app: App, similar: SimilarShots, background: Background, messenger: Messenger) -> None:
    """Registers the button."""

    def pressed(ack: Ack, context: BoltContext, body: dict[str, Any], action: dict[str, Any]) -> None:
        ack()
        shots = shots_of(str(action.get("value") or ""))
        message = body.get("message") or {}
        if shots is None or not message.get("ts"):
            return
        asked = Conversation(
            team=team_of(context, body),
            channel=str(body["channel"]["id"]),
            user=str(body["user"]["id"]),
            thread=str(message.get("thread_ts") or message["ts"]),
            bot=context.bot_user_id,
        )
        home = home_of(context, body)

        def job() -> None:
            similar.show(asked, shots, home)
            done = Message(str(message.get("text") or ""), without_buttons(message.get("blocks") or ()))
            messenger.update(asked.channel, str(message["ts"]), done)

        def tell(sentence: str) -> None:
            messenger.tell(asked, sentence)

        background.offer(job, tell)

    app.action(SIMILAR)(pressed)
