"""The form of /index-event: what it shows and what it reads."""

from __future__ import annotations

from typing import Any

import pytest

from bot.playground.blocks import check_blocks
from bot.replies import index_form
from bot.replies.index_form import SourceKind, asked_in, form, plain, read
from bot.slack.conversation import Conversation
from bot.verbs import IndexWish, Verb

ASKED = Conversation("T1", "C1", "U1", group=True, response_url="https://hooks.slack.com/x")
FOLDERS = [(f"event {n}", f"/photos/event {n}") for n in range(150)]


def filled(kind: SourceKind, name: str = "Crab Week", **fields: dict[str, Any]) -> dict[str, Any]:
    """`state.values` of a form."""
    values = {block: {block: value} for block, value in fields.items()}
    return {
        index_form.NAME: {index_form.NAME: {"value": name}},
        index_form.KIND: {index_form.KIND: {"selected_option": {"value": str(kind)}}},
        **values,
    }


@pytest.mark.parametrize("kind", list(SourceKind))
def test_slack_takes_every_form(kind: SourceKind) -> None:
    for folders in (FOLDERS, [("t" * 200, "/" + "p" * 500)], []):
        view = form(ASKED, kind, folders)
        check_blocks(view["blocks"], most=100, file_ready=lambda _: True)
        assert len(view["title"]["text"]) <= 24
        assert len(view["private_metadata"]) <= 3000
        assert asked_in(view["private_metadata"]) == ("C1", True, "https://hooks.slack.com/x")


@pytest.mark.parametrize(
    ("values", "source"),
    [
        (
            filled(SourceKind.FOLDER, folder={"selected_option": {"value": "/p/x"}}, path={"value": None}),
            "/p/x",
        ),
        (
            filled(SourceKind.FOLDER, folder={"selected_option": {"value": "/p/x"}}, path={"value": " y "}),
            "y",
        ),
        (filled(SourceKind.CHANNEL, channel={"selected_conversation": "C7"}), "<#C7>"),
        (filled(SourceKind.UPLOAD, zip={"files": [{"id": "F7", "name": "p.zip"}]}), "F7"),
        (filled(SourceKind.ADDRESS, address={"value": "s3://b/p"}), "s3://b/p"),
    ],
)
def test_it_is_read_as_the_typed_command_would_be(values: dict[str, Any], source: str) -> None:
    entry = read(values)
    assert entry.wish == IndexWish(Verb.INDEX, "crab-week", source)
    assert not entry.errors


@pytest.mark.parametrize(
    ("values", "fields"),
    [
        (filled(SourceKind.FOLDER, path={"value": None}), ["path"]),
        (
            filled(SourceKind.FOLDER, folder={"selected_option": None}, path={"value": None}),
            ["folder"],
        ),
        (filled(SourceKind.CHANNEL, channel={"selected_conversation": None}), ["channel"]),
        (filled(SourceKind.UPLOAD, zip={"files": []}), ["zip"]),
        (filled(SourceKind.ADDRESS, name="!!!", address={"value": " "}), ["name", "address"]),
        ({}, ["name", "path"]),
    ],
)
def test_errors_are_next_to_the_field(values: dict[str, Any], fields: list[str]) -> None:
    assert list(read(values).errors) == fields


def test_an_error_has_no_markup() -> None:
    assert plain("There is no folder `&lt;x&gt;` in *gala*.") == "There is no folder <x> in gala."
