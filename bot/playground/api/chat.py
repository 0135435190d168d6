"""chat.*"""

from __future__ import annotations

import re
from dataclasses import replace

from bot.playground.api.call import Call, method
from bot.playground.blocks import check_blocks
from bot.playground.errors import SlackRefusal
from bot.playground.model import Channel, Json, Kind, Message
from bot.playground.posting import check_member, check_open, check_thread

MAX_POST_TEXT = 40_000
MAX_UPDATE_TEXT = 4_000
FILE_ID = re.compile(r"[-/](F[A-Z0-9]+)/")
INLINE_TYPES = frozenset({"image/jpeg", "image/png", "image/gif"})


def file_is_ready(call: Call, source: Json) -> bool:
    """Whether a slack_file is a picture that has been looked at and shared."""
    workspace = call.services.workspace
    in_url = FILE_ID.search(str(source.get("url")))
    file_id = str(source.get("id") or (in_url.group(1) if in_url else ""))
    file = workspace.file(file_id)
    return file is not None and not file.deleted and file.mimetype in INLINE_TYPES and bool(file.shares)


def content(call: Call, most: int) -> tuple[str, tuple[Json, ...]]:
    """Checked text and blocks. Raises no_text when there is neither."""
    text, blocks = call.text("text"), call.structure("blocks")
    if not text and not blocks and not call.structure("attachments"):
        raise SlackRefusal("no_text")
    if len(text) > most:
        raise SlackRefusal("msg_too_long")
    return text, check_blocks(blocks, file_ready=lambda file: file_is_ready(call, file)) if blocks else ()


def _target(call: Call) -> Channel:
    """The conversation to post to: by id, by #name, or a person's DM with the app."""
    services = call.services
    wanted = call.text("channel")
    if not wanted:
        raise SlackRefusal("channel_not_found")
    person = services.workspace.person(wanted)
    if person is not None:
        return services.workspace.conversation_of(frozenset({person.id, services.app.bot_user}))
    if wanted.startswith("#"):
        named = next((c for c in services.workspace.channels() if c.name == wanted[1:]), None)
        wanted = named.id if named else wanted
    return call_with(call, wanted).channel()


def call_with(call: Call, channel: str) -> Call:
    """The same call with another channel."""
    return replace(call, args={**call.args, "channel": channel})


@method("chat.postMessage", scope="chat:write")
def post_message(call: Call) -> Json:
    services = call.services
    if any(call.text(key) for key in ("username", "icon_emoji", "icon_url")):
        call.need("chat:write.customize")
    channel = _target(call)
    check_open(channel, messages_tab=services.grants.messages_tab)
    if not (channel.kind is Kind.PUBLIC and "chat:write.public" in services.grants.scopes):
        check_member(services.app, channel)
    thread_ts = check_thread(services.workspace, channel, call.text("thread_ts"))
    text, blocks = content(call, MAX_POST_TEXT)
    services.pacing.admit(channel.id)
    message = services.workspace.post(
        channel.id,
        services.app.bot_user,
        text,
        blocks=blocks,
        thread_ts=thread_ts,
        metadata=call.structure("metadata"),
    )
    services.events.announce_own(message)
    return {"channel": channel.id, "ts": message.ts, "message": services.shapes.message(message)}


@method("chat.postEphemeral", scope="chat:write")
def post_ephemeral(call: Call) -> Json:
    services = call.services
    channel, user = call.channel(), call.required("user")
    check_open(channel, messages_tab=services.grants.messages_tab)
    check_member(services.app, channel)
    if user not in channel.members:
        raise SlackRefusal("user_not_in_channel")
    thread_ts = check_thread(services.workspace, channel, call.text("thread_ts"))
    text, blocks = content(call, MAX_POST_TEXT)
    message = services.workspace.post(
        channel.id, services.app.bot_user, text, blocks=blocks, thread_ts=thread_ts, visible_to=user
    )
    return {"message_ts": message.ts}


def _own_message(call: Call, refusal: str) -> Message:
    channel = call.channel()
    message = call.services.workspace.message(channel.id, call.required("ts"))
    if message is None or message.visible_to is not None:
        raise SlackRefusal("message_not_found")
    if message.user != call.services.app.bot_user:
        raise SlackRefusal(refusal)
    if channel.archived:
        raise SlackRefusal("is_archived")
    return message


@method("chat.update", scope="chat:write")
def update(call: Call) -> Json:
    """Text without blocks deletes the blocks; blocks without text keep none of the old text."""
    before = _own_message(call, "cant_update_message")
    text, blocks = content(call, MAX_UPDATE_TEXT)
    after = call.services.workspace.save_message(replace(before, text=text, blocks=blocks, edited=True))
    call.services.events.announce_own_edit(before, after)
    shape = call.services.shapes.message(after)
    return {"channel": after.channel, "ts": after.ts, "text": text, "message": shape}


@method("chat.delete", scope="chat:write")
def delete(call: Call) -> Json:
    message = _own_message(call, "cant_delete_message")
    call.services.workspace.remove_message(message.channel, message.ts)
    return {"channel": message.channel, "ts": message.ts}


@method("chat.getPermalink")
def get_permalink(call: Call) -> Json:
    channel = call.channel()
    message = call.services.workspace.message(channel.id, call.required("message_ts"))
    if message is None:
        raise SlackRefusal("message_not_found")
    stamp = message.ts.replace(".", "")
    return {"channel": channel.id, "permalink": f"{call.services.slack_url()}/archives/{channel.id}/p{stamp}"}
