"""files.*"""

from __future__ import annotations

from dataclasses import replace

from bot.playground.api.call import Call, method
from bot.playground.api.chat import MAX_POST_TEXT, file_is_ready
from bot.playground.blocks import check_blocks
from bot.playground.errors import SlackRefusal
from bot.playground.model import Channel, Json, Kind, StoredFile
from bot.playground.posting import check_member, check_open, check_thread
from bot.playground.uploads import MAX_ALT_TEXT, Share


def _missing(key: str) -> SlackRefusal:
    return SlackRefusal(
        "missing_argument", response_metadata={"messages": [f"[ERROR] missing required field: {key}"]}
    )


@method("files.getUploadURLExternal", scope="files:write")
def get_upload_url(call: Call) -> Json:
    name, length = call.text("filename"), call.number("length", 0)
    if not name:
        raise _missing("filename")
    if length <= 0:
        raise _missing("length")
    alt_text = call.text("alt_txt") or call.text("alt_text")
    if len(alt_text) > MAX_ALT_TEXT:
        raise SlackRefusal("alt_txt_too_large")
    key, file_id = call.services.uploads.open_slot(name, length, alt_text)
    return {"upload_url": f"{call.services.slack_url()}/upload/v1/{key}", "file_id": file_id}


@method("files.completeUploadExternal", scope="files:write")
def complete_upload(call: Call) -> Json:
    entries = call.structure("files")
    if not isinstance(entries, list) or not all(isinstance(e, dict) and e.get("id") for e in entries):
        raise SlackRefusal("invalid_arguments")
    share = _share(call)
    titles = [(str(entry["id"]), str(entry.get("title") or "")) for entry in entries]
    files = call.services.uploads.complete(titles, share)
    return {"files": [call.services.shapes.file(file) for file in files]}


def _share(call: Call) -> Share | None:
    """Where to; membership is needed whatever the scopes are."""
    services = call.services
    wanted = call.text("channel_id") or call.text("channels").partition(",")[0]
    if not wanted:
        return None
    channel = replace(call, args={"channel_id": wanted}).channel("channel_id")
    check_open(channel, messages_tab=services.grants.messages_tab)
    check_member(services.app, channel)
    thread_ts = check_thread(services.workspace, channel, call.text("thread_ts"))
    comment = call.text("initial_comment")
    if len(comment) > MAX_POST_TEXT:
        raise SlackRefusal("msg_too_long")
    blocks = None if comment else call.structure("blocks")
    checked = check_blocks(blocks, file_ready=lambda file: file_is_ready(call, file)) if blocks else ()
    return Share(channel.id, thread_ts, comment, checked)


def visible_file(call: Call, key: str = "file") -> StoredFile:
    """The file, if it is the app's own, given to it in a form, or shared where the bot is."""
    services = call.services
    file = services.workspace.file(call.text(key))
    if file is None:
        raise SlackRefusal("file_not_found")
    if file.deleted:
        raise SlackRefusal("file_deleted")
    if file.access == "access_denied":
        raise SlackRefusal("access_denied")
    channels = [services.workspace.channel(channel) for channel, _ in file.shares]
    bot = services.app.bot_user
    seen = any(c and (bot in c.members or c.kind is Kind.PUBLIC) for c in channels)
    if file.owner != bot and not file.given and not seen:
        raise SlackRefusal("file_not_found")
    return file


@method("files.info", scope="files:read")
def info(call: Call) -> Json:
    return {"file": call.services.shapes.file(visible_file(call)), "comments": []}


@method("files.list", scope="files:read")
def list_(call: Call) -> Json:
    """Newest first; of `types` only images are known, and only what is shared where the bot is."""
    services = call.services
    channel = call.channel() if call.text("channel") else None
    newest, oldest = call.number("ts_to", 1 << 40), call.number("ts_from", 0)
    found = [
        file
        for file in services.workspace.files()
        if oldest <= file.created <= newest
        and not file.deleted
        and (call.text("types") not in ("image", "images") or file.mimetype.startswith("image/"))
        and _is_in(call, file, channel)
    ]
    found.sort(key=lambda file: file.created, reverse=True)
    count, number = min(call.number("count", 100), 1000), call.number("page", 1)
    shown = found[count * (number - 1) : count * number]
    paging = {"count": count, "total": len(found), "page": number, "pages": -(-len(found) // count)}
    return {"files": [services.shapes.listed_file(file) for file in shown], "paging": paging}


def _is_in(call: Call, file: StoredFile, wanted: Channel | None) -> bool:
    """Is it shared in that channel (None: in any), and the bot in there?"""
    channels = [call.services.workspace.channel(channel) for channel, _ in file.shares]
    bot = call.services.app.bot_user
    return any(c and bot in c.members and (wanted is None or c.id == wanted.id) for c in channels)


@method("files.delete", scope="files:write")
def delete(call: Call) -> Json:
    file = visible_file(call)
    if file.owner != call.services.app.bot_user:
        raise SlackRefusal("cant_delete_file")
    call.services.workspace.save_file(replace(file, deleted=True))
    return {}
