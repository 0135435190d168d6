"""views.*: modals and the Home tab."""

from __future__ import annotations

import secrets
from dataclasses import replace

from bot.playground.api.call import Call, method
from bot.playground.api.chat import file_is_ready
from bot.playground.blocks import MAX_VIEW_BLOCKS, check_blocks
from bot.playground.errors import SlackRefusal, bad_arguments
from bot.playground.model import Json, View

MAX_TITLE = 24


def _checked(call: Call, type_: str) -> Json:
    """The view as given, its blocks checked."""
    view = call.structure("view")
    if not isinstance(view, dict) or view.get("type") != type_:
        raise bad_arguments(f"view must be of type {type_}")
    if type_ == "modal":
        title = view.get("title")
        if not isinstance(title, dict) or not 0 < len(str(title.get("text") or "")) <= MAX_TITLE:
            raise bad_arguments(f"title must be 1 to {MAX_TITLE} characters [json-pointer:/view/title/text]")
        if any(
            b.get("type") == "input" for b in view.get("blocks", []) if isinstance(b, dict)
        ) and not view.get("submit"):
            raise bad_arguments("submit is required when an input block is within blocks")
    blocks = check_blocks(
        view.get("blocks"), most=MAX_VIEW_BLOCKS, file_ready=lambda file: file_is_ready(call, file)
    )
    return {**view, "blocks": list(blocks)}


def _save(call: Call, user: str, view: Json, *, id_: str | None = None, previous: str | None = None) -> Json:
    workspace = call.services.workspace
    saved = workspace.save_view(
        View(id_ or workspace.new_id("V"), user, view, secrets.token_hex(6), previous)
    )
    return {"view": call.services.shapes.view(saved, {})}


@method("views.open")
def open_(call: Call) -> Json:
    view = _checked(call, "modal")
    user = call.services.tickets.use_trigger(call.text("trigger_id"))
    return _save(call, user, view)


@method("views.push")
def push(call: Call) -> Json:
    view = _checked(call, "modal")
    user = call.services.tickets.use_trigger(call.text("trigger_id"))
    open_views = call.services.workspace.views(user, "modal")
    return _save(call, user, view, previous=open_views[-1].id if open_views else None)


@method("views.update")
def update(call: Call) -> Json:
    workspace = call.services.workspace
    known = workspace.view(call.text("view_id"))
    if known is None:
        raise SlackRefusal("not_found")
    if call.text("hash") not in ("", known.hash):
        raise SlackRefusal("hash_conflict")
    view = _checked(call, known.type)
    saved = workspace.save_view(replace(known, view=view, hash=secrets.token_hex(6)))
    return {"view": call.services.shapes.view(saved, {})}


@method("views.publish")
def publish(call: Call) -> Json:
    workspace = call.services.workspace
    if not call.services.manifest.home_tab:
        raise SlackRefusal("not_enabled")
    user = call.required("user_id")
    if workspace.person(user) is None:
        raise bad_arguments("invalid user_id")
    homes = workspace.views(user, "home")
    return _save(call, user, _checked(call, "home"), id_=homes[-1].id if homes else None)
