"""The form of `/index-event`: its view, and what was filled in; pure."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from bot import words
from bot.parsing import SLUG_LENGTH, slugify
from bot.replies.blocks import Block, section
from bot.slack.conversation import Conversation
from bot.slack.forms import View
from bot.verbs import IndexWish, Verb

CALLBACK, KIND = "index_form", "index_kind"
NAME, FOLDER, PATH, CHANNEL, ZIP, ADDRESS = "name", "folder", "path", "channel", "zip", "address"
OPTION_TEXT, OPTION_VALUE, MOST_OPTIONS = 75, 150, 100  # what Slack takes in a menu


class SourceKind(StrEnum):
    """Where the photos come from."""

    FOLDER = "folder"
    CHANNEL = "channel"
    UPLOAD = "upload"
    ADDRESS = "address"


KINDS = {
    SourceKind.FOLDER: "A folder or ZIP archive on FindMe's machine",
    SourceKind.CHANNEL: "A Slack channel",
    SourceKind.UPLOAD: "A ZIP archive that I upload",
    SourceKind.ADDRESS: "A ZIP archive on the web, or a bucket",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """What somebody filled in."""

    wish: IndexWish
    field: str  # the block that says where the photos come from
    errors: Mapping[str, str]  # by block; empty = it can be tried
    channel: str = ""  # whose photos are chosen; "" where they come from elsewhere


def loading() -> View:
    """What is there until it is known who asks."""
    return {**_modal(), "blocks": [section(words.ONE_MOMENT)]}


def refusal(sentence: str) -> View:
    """Instead of the form."""
    return {**_modal(), "blocks": [section(sentence)]}


def form(asked: Conversation, kind: SourceKind, folders: Sequence[tuple[str, str]]) -> View:
    """The form with the fields of one kind of source. folders: those to choose from, (title, path)."""
    return {
        **_modal(),
        "submit": _plain("Start"),
        "private_metadata": json.dumps(
            {"channel": asked.channel, "group": asked.group, "response_url": asked.response_url}
        ),
        "blocks": [
            _input(
                NAME,
                "Name of the event",
                {
                    "type": "plain_text_input",
                    "max_length": SLUG_LENGTH,
                    "placeholder": _plain("crab-week"),
                },
                hint="People search it with /findme in NAME. It becomes small letters, digits and dashes.",
            ),
            _input(KIND, "The photos are in", _menu(_options(KINDS), kind), dispatch=True),
            *_fields(kind, folders),
        ],
    }


def kind_of(values: Mapping[str, Any]) -> SourceKind:
    """The kind of source that is chosen in a view's `state.values`."""
    chosen = _value(values, KIND).get("selected_option") or {}
    known = chosen.get("value")
    return SourceKind(known) if known in set(SourceKind) else SourceKind.FOLDER


def read(values: Mapping[str, Any]) -> Entry:
    """What was filled in, as the typed command would have it, and what is missing."""
    name = str(_value(values, NAME).get("value") or "")
    kind = kind_of(values)
    field, source = _source(kind, values)
    errors = {}
    if not slugify(name):
        errors[NAME] = words.FORM_NAME
    if not source:
        errors[field] = words.FORM_SOURCE[kind]
    channel = str(_value(values, CHANNEL).get("selected_conversation") or "")
    wish = IndexWish(Verb.INDEX, name=slugify(name), source=source)
    return Entry(wish, field, errors, channel if kind is SourceKind.CHANNEL else "")


def asked_in(metadata: str) -> tuple[str, bool, str | None]:
    """The channel that the form was opened in, whether it is a group, and the command's response_url."""
    known = json.loads(metadata or "{}")
    return str(known.get("channel") or ""), bool(known.get("group")), known.get("response_url") or None


def plain(sentence: str) -> str:
    """A sentence without Slack's markup, as it stands next to a field."""
    return html.unescape(sentence.replace("`", "").replace("*", ""))


def _source(kind: SourceKind, values: Mapping[str, Any]) -> tuple[str, str]:
    """(the field, what the typed command would have); "" where it is empty."""
    if kind is SourceKind.CHANNEL:
        channel = _value(values, CHANNEL).get("selected_conversation")
        return CHANNEL, f"<#{channel}>" if channel else ""
    if kind is SourceKind.UPLOAD:
        files = _value(values, ZIP).get("files") or [{}]
        return ZIP, str(files[0].get("id") or "")
    if kind is SourceKind.ADDRESS:
        return ADDRESS, str(_value(values, ADDRESS).get("value") or "").strip()
    typed = str(_value(values, PATH).get("value") or "").strip()
    chosen = (_value(values, FOLDER).get("selected_option") or {}).get("value")
    return (PATH, typed) if typed or FOLDER not in values else (FOLDER, str(chosen or ""))


def _fields(kind: SourceKind, folders: Sequence[tuple[str, str]]) -> list[Block]:
    if kind is SourceKind.CHANNEL:
        only = {"include": ["public", "private"], "exclude_bot_users": True}
        return [_input(CHANNEL, "Channel", {"type": "conversations_select", "filter": only})]
    if kind is SourceKind.UPLOAD:
        return [_input(ZIP, "ZIP archive", {"type": "file_input", "filetypes": ["zip"], "max_files": 1})]
    if kind is SourceKind.ADDRESS:
        example = _plain("https://example.com/party.zip")
        return [_input(ADDRESS, "Address", {"type": "plain_text_input", "placeholder": example})]
    choices = {path: title for title, path in folders if len(path) <= OPTION_VALUE}
    menu = [_input(FOLDER, "Folder or archive", _menu(_options(choices)), optional=True)] if choices else []
    label = "Or type its path" if menu else "Its path"
    path = _input(PATH, label, {"type": "plain_text_input"}, optional=bool(menu), hint=words.FORM_PATH)
    return [*menu, path]


def _options(choices: Mapping[Any, str]) -> list[Block]:
    return [
        {"text": _plain(words.clip(title, OPTION_TEXT)), "value": str(value)}
        for value, title in list(choices.items())[:MOST_OPTIONS]
    ]


def _menu(options: list[Block], chosen: str | None = None) -> Block:
    first = next((option for option in options if option["value"] == chosen), None)
    return {"type": "static_select", "options": options, **({"initial_option": first} if first else {})}


def _input(
    block: str,
    label: str,
    element: Block,
    *,
    optional: bool = False,
    hint: str | None = None,
    dispatch: bool = False,
) -> Block:
    return {
        "type": "input",
        "block_id": block,
        "label": _plain(label),
        "element": {"action_id": block, **element},
        "optional": optional,
        "dispatch_action": dispatch,
        **({"hint": _plain(hint)} if hint else {}),
    }


def _modal() -> View:
    return {"type": "modal", "callback_id": CALLBACK, "title": _plain("Index an event"), "blocks": []}


def _plain(text: str) -> Block:
    return {"type": "plain_text", "text": text}


def _value(values: Mapping[str, Any], block: str) -> Mapping[str, Any]:
    found = (values.get(block) or {}).get(block)
    return found if isinstance(found, dict) else {}
