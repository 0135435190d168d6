"""What the app's manifest grants it: scopes, commands, events, the Messages tab."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bot.scopes import SCOPES

DEFAULT_EVENTS = frozenset(
    (
        "app_home_opened",
        "app_mention",
        "app_uninstalled",
        "member_joined_channel",
        "message.im",
        "tokens_revoked",
    )
)
PROJECT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True)
class SlashCommand:
    """One slash command of the manifest."""

    name: str  # with its slash
    description: str = ""
    usage_hint: str = ""
    should_escape: bool = False


@dataclass(frozen=True)
class Manifest:
    """The parts of a manifest that change how Slack behaves."""

    scopes: frozenset[str] = frozenset(SCOPES)
    events: frozenset[str] = DEFAULT_EVENTS
    commands: Mapping[str, SlashCommand] | None = field(default=None)  # None: every command exists, escaped
    messages_tab: bool = True
    home_tab: bool = True
    bot_name: str = "findme"  # the handle
    display_name: str = "FindMe"

    def command(self, name: str) -> SlashCommand | None:
        """The command of that name, or None where the app has no such command."""
        if self.commands is None:
            return SlashCommand(name, should_escape=True)
        return self.commands.get(name)


def read_manifest(path: Path | None = None) -> Manifest:
    """The project's manifest.yml (or `path`); the defaults where there is none, or no YAML reader."""
    path = path or PROJECT / "manifest.yml"
    if not path.is_file():
        return Manifest()
    try:
        import yaml
    except ModuleNotFoundError:  # PyYAML comes with the development tools only
        return Manifest()
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    features, settings = document.get("features", {}), document.get("settings", {})
    commands = [
        SlashCommand(
            entry["command"],
            entry.get("description", ""),
            entry.get("usage_hint", ""),
            bool(entry.get("should_escape", False)),
        )
        for entry in features.get("slash_commands", [])
    ]
    return Manifest(
        scopes=frozenset(document.get("oauth_config", {}).get("scopes", {}).get("bot", [])),
        events=frozenset(settings.get("event_subscriptions", {}).get("bot_events", [])),
        commands={command.name: command for command in commands},
        messages_tab=bool(features.get("app_home", {}).get("messages_tab_enabled", True)),
        home_tab=bool(features.get("app_home", {}).get("home_tab_enabled", False)),
        bot_name=features.get("bot_user", {}).get("display_name", "findme").lower(),
        display_name=document.get("display_information", {}).get("name", "FindMe"),
    )
