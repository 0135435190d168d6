"""What the app says through a response_url, or in the acknowledgement of a command."""

from __future__ import annotations

from dataclasses import replace

from bot.playground.blocks import check_blocks
from bot.playground.errors import SlackRefusal
from bot.playground.model import Json, Message
from bot.playground.services import Services
from bot.playground.tickets import ResponseUrl


def say(services: Services, target: ResponseUrl, body: Json) -> None:
    """Posts, replaces or deletes as the body asks. Raises SlackRefusal for an empty or malformed one."""
    original = services.workspace.message(target.channel, target.message_ts) if target.message_ts else None
    if body.get("delete_original") in (True, "true"):
        if original is not None:
            services.workspace.remove_message(original.channel, original.ts)
        return
    text = str(body.get("text") or "")
    blocks = body.get("blocks") or []
    if not text and not blocks and not body.get("attachments"):
        raise SlackRefusal("no_text", status=400)
    checked = check_blocks(blocks, file_ready=lambda file: _shared(services, file)) if blocks else ()
    if original is not None and body.get("replace_original", body.get("response_type") is None) in (
        True,
        "true",
    ):
        services.workspace.save_message(replace(original, text=text, blocks=checked, edited=True))
        return
    post(services, target, text, checked, ephemeral=body.get("response_type") != "in_channel")


def post(
    services: Services, target: ResponseUrl, text: str, blocks: tuple[Json, ...], *, ephemeral: bool
) -> Message:
    """A message in the name of the app; works where the app is no member."""
    return services.workspace.post(
        target.channel,
        services.app.bot_user,
        text,
        blocks=blocks,
        thread_ts=target.thread_ts,
        visible_to=target.user if ephemeral else None,
    )


def _shared(services: Services, source: Json) -> bool:
    file = services.workspace.file(str(source.get("id")))
    return file is not None and bool(file.shares)
