"""conversations.*"""

from __future__ import annotations

from bot.playground.api.call import Call, method, page
from bot.playground.errors import SlackRefusal
from bot.playground.model import Channel, Json, Kind, Message
from bot.playground.posting import check_member

_FAMILY = {Kind.PUBLIC: "channels", Kind.PRIVATE: "groups", Kind.DM: "im", Kind.GROUP_DM: "mpim"}
_TYPE_NAMES = {
    Kind.PUBLIC: "public_channel",
    Kind.PRIVATE: "private_channel",
    Kind.DM: "im",
    Kind.GROUP_DM: "mpim",
}


def _readable(call: Call, what: str) -> Channel:
    """The channel, when the scope for its kind ("channels:read", "im:history", ...) was granted."""
    channel = call.channel()
    call.need(f"{_FAMILY[channel.kind]}:{what}")
    return channel


@method("conversations.info")
def info(call: Call) -> Json:
    channel = _readable(call, "read")
    shape = call.services.shapes.channel(channel)
    if not call.flag("include_num_members"):
        shape.pop("num_members", None)
    return {"channel": shape}


@method("conversations.list")
def list_(call: Call) -> Json:
    return _list(call, "channels", only_own=False)


@method("users.conversations")
def of_user(call: Call) -> Json:
    return _list(call, "channels", only_own=True)


def _list(call: Call, key: str, *, only_own: bool) -> Json:
    wanted = {name.strip() for name in (call.text("types") or "public_channel").split(",")}
    kinds = [kind for kind, name in _TYPE_NAMES.items() if name in wanted]
    for kind in kinds:
        call.need(f"{_FAMILY[kind]}:read")
    bot = call.services.app.bot_user
    shapes = [
        call.services.shapes.channel(channel)
        for channel in call.services.workspace.channels()
        if channel.kind in kinds
        and (bot in channel.members or (channel.kind is Kind.PUBLIC and not only_own))
        and not (call.flag("exclude_archived") and channel.archived)
    ]
    found, cursor = page(shapes, call)
    return {key: found, "response_metadata": {"next_cursor": cursor}}


@method("conversations.members")
def members(call: Call) -> Json:
    channel = _readable(call, "read")
    found, cursor = page([{"id": user} for user in sorted(channel.members)], call)
    return {"members": [entry["id"] for entry in found], "response_metadata": {"next_cursor": cursor}}


@method("conversations.open")
def open_(call: Call) -> Json:
    if call.text("channel"):
        channel = call.channel()
        return {"channel": {"id": channel.id}, "no_op": True, "already_open": True}
    workspace, app = call.services.workspace, call.services.app
    users = [user.strip() for user in call.text("users").split(",") if user.strip()]
    if not users:
        raise SlackRefusal("users_list_not_supplied")
    call.need("im:write" if len(users) == 1 else "mpim:write")
    for user in users:
        person = workspace.person(user)
        if person is None:
            raise SlackRefusal("user_not_found")
        if person.deleted:
            raise SlackRefusal("user_disabled")
        if person.is_bot:
            raise SlackRefusal("cannot_dm_bot")
    channel = workspace.conversation_of(frozenset({*users, app.bot_user}))
    if call.flag("return_im"):
        return {"channel": call.services.shapes.channel(channel)}
    return {"channel": {"id": channel.id}}


@method("conversations.join", scope="channels:join")
def join(call: Call) -> Json:
    channel = call.channel()
    if channel.kind is not Kind.PUBLIC:
        raise SlackRefusal("method_not_supported_for_channel_type")
    if channel.archived:
        raise SlackRefusal("is_archived")
    bot = call.services.app.bot_user
    if bot in channel.members:
        return {"channel": call.services.shapes.channel(channel), "warning": "already_in_channel"}
    channel = call.services.workspace.join(channel.id, bot)
    return {"channel": call.services.shapes.channel(channel)}


@method("conversations.history")
def history(call: Call) -> Json:
    channel = _readable(call, "history")
    check_member(call.services.app, channel)
    messages = [
        m
        for m in reversed(call.services.workspace.messages(channel.id))
        if _within(call, m) and not m.is_reply and m.visible_to is None
    ]
    return _messages(call, messages)


def _within(call: Call, message: Message) -> bool:
    oldest, latest = call.text("oldest") or "0", call.text("latest") or "9"
    inclusive = call.flag("inclusive")
    after = message.ts > oldest or (inclusive and message.ts == oldest)
    return after and (message.ts < latest or (inclusive and message.ts == latest))


@method("conversations.replies")
def replies(call: Call) -> Json:
    channel = _readable(call, "history")
    check_member(call.services.app, channel)
    ts = call.required("ts")
    messages = call.services.workspace.thread(channel.id, ts)
    if not messages:
        raise SlackRefusal("thread_not_found")
    return _messages(call, [m for m in messages if _within(call, m)])


def _messages(call: Call, messages: list[Message]) -> Json:
    shapes, cursor = page([call.services.shapes.message(m) for m in messages], call, most=999)
    answer: Json = {"messages": shapes, "has_more": bool(cursor), "pin_count": 0}
    if cursor:
        answer["response_metadata"] = {"next_cursor": cursor}
    return answer
