"""reactions.*"""

from __future__ import annotations

from dataclasses import replace

from bot.playground.api.call import Call, method
from bot.playground.errors import SlackRefusal
from bot.playground.model import Json, Message
from bot.playground.posting import check_member


def _message(call: Call) -> Message:
    channel = call.channel()
    check_member(call.services.app, channel)
    message = call.services.workspace.message(channel.id, call.required("timestamp"))
    if message is None:
        raise SlackRefusal("message_not_found")
    return message


@method("reactions.add", scope="reactions:write")
def add(call: Call) -> Json:
    message, name, bot = _message(call), call.required("name").strip(":"), call.services.app.bot_user
    users = message.reactions.get(name, ())
    if bot in users:
        raise SlackRefusal("already_reacted")
    call.services.workspace.save_message(
        replace(message, reactions={**message.reactions, name: (*users, bot)})
    )
    return {}


@method("reactions.remove", scope="reactions:write")
def remove(call: Call) -> Json:
    message, name, bot = _message(call), call.required("name").strip(":"), call.services.app.bot_user
    users = message.reactions.get(name, ())
    if bot not in users:
        raise SlackRefusal("no_reaction")
    left = {**message.reactions, name: tuple(u for u in users if u != bot)}
    call.services.workspace.save_message(replace(message, reactions={k: v for k, v in left.items() if v}))
    return {}
