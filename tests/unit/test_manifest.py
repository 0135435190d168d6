"""manifest.yml is what the bot really does."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from slack_bolt import App
from slack_bolt.listener import Listener
from slack_sdk import WebClient

from bot.background import Background
from bot.listeners import archives, channel_photos, commands, index_event, lifecycle, mentions

PROJECT = Path(__file__).resolve().parents[2]
MANIFEST = PROJECT / "manifest.yml"
SCHEMAS = PROJECT.parent / "shared" / "manifest-schema"
NOBODY: Any = None  # listeners are registered here, never called


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(MANIFEST.read_text(encoding="utf-8"))
    return loaded


@pytest.fixture(scope="module")
def app() -> App:
    """The app with all its listeners; nothing is sent anywhere."""
    client = WebClient(token="xoxb-never-sent")
    app = App(client=client, signing_secret="secret", token_verification_enabled=False)
    background = Background(threads=1)
    commands.register(app, NOBODY, background, NOBODY)
    index_event.register(app, NOBODY, background, NOBODY, NOBODY)
    archives.register(app, NOBODY, background, NOBODY)
    channel_photos.register(app, NOBODY)
    mentions.register(app, NOBODY, background, NOBODY, client)
    lifecycle.register(app)
    return app


def test_it_follows_slacks_schema(manifest: dict[str, Any]) -> None:
    if not SCHEMAS.is_dir():
        pytest.skip(f"Slack's published schemas are not at {SCHEMAS}")
    for name in ("manifest.schema.1.0.0.json", "manifest.schema.2.0.0.json"):
        schema = json.loads((SCHEMAS / name).read_text(encoding="utf-8"))
        jsonschema.Draft7Validator(schema).validate(manifest)


def test_its_shape(manifest: dict[str, Any]) -> None:
    assert 0 < len(manifest["display_information"]["name"]) <= 35
    assert len(manifest["display_information"]["description"]) <= 140
    assert manifest["settings"]["socket_mode_enabled"] is True
    assert manifest["features"]["app_home"]["messages_tab_enabled"] is True
    assert manifest["features"]["app_home"]["messages_tab_read_only_enabled"] is False
    assert manifest["settings"]["interactivity"] == {"is_enabled": True}  # a form, and a question's buttons
    for command in manifest["features"]["slash_commands"]:
        assert command["should_escape"] is True, command
        assert len(command["command"]) <= 32


def test_its_commands_are_the_registered_ones(manifest: dict[str, Any], app: App) -> None:
    named = {command["command"] for command in manifest["features"]["slash_commands"]}
    assert named == {commands.COMMAND, index_event.COMMAND}
    for name in named:
        assert _handlers(app, {"command": name, "text": ""}), name


def test_its_events_are_the_handled_ones(manifest: dict[str, Any], app: App) -> None:
    subscribed = set(manifest["settings"]["event_subscriptions"]["bot_events"])
    messages = {"message.im", "message.channels", "message.groups"}
    assert subscribed == {"app_mention", *messages, "file_deleted", "app_uninstalled", "tokens_revoked"}
    for name in subscribed:
        kind = name.split(".")[0]
        first = _handlers(app, {"type": "event_callback", "event": {"type": kind}})[0]
        assert first != "unhandled", name


def test_an_event_that_nobody_asked_for_is_caught(app: App) -> None:
    assert _handlers(app, {"type": "event_callback", "event": {"type": "pin_added"}}) == ["unhandled"]


def test_every_scope_is_explained() -> None:
    lines = MANIFEST.read_text(encoding="utf-8").split("bot:\n")[1].split("settings:")[0].splitlines()
    scopes = [line for line in lines if line.strip().startswith("- ")]
    assert len(scopes) == 12
    assert all(re.fullmatch(r"\s+- [a-z_:]+ # .{5,}", line) for line in scopes), scopes


def _handlers(app: App, body: dict[str, Any]) -> list[str]:
    """The names of the listeners that take such a request, in order."""
    from slack_bolt import BoltRequest, BoltResponse

    request = BoltRequest(body=json.dumps(body), mode="socket_mode")
    request.body.update(body)

    def takes(listener: Listener) -> bool:
        return listener.matches(req=request, resp=BoltResponse(status=200))

    return [listener.ack_function.__name__ for listener in app._listeners if takes(listener)]
