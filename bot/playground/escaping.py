"""What Slack makes of the text that a person types."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bot.playground.model import Channel, Person

# What is escaped already, or a name to escape.
_TOKEN = re.compile(r"<[@#][A-Z0-9]+(?:\|[^<>]*)?>|<!\w+>|[@#][\w.\-]+|[&<>]")
_SPECIAL = {"here", "channel", "everyone"}
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def escape(text: str, people: Iterable[Person], channels: Iterable[Channel], *, labels: bool) -> str:
    """Turns @name and #name into ids. `labels`: as `<@U123|name>`, the form of slash commands."""
    users = {person.name.lower(): person for person in people}
    named = {channel.name.lower(): channel for channel in channels if channel.name}

    def replaced(match: re.Match[str]) -> str:
        token = match.group()
        if token in _ENTITIES:
            return _ENTITIES[token]
        name = token[1:].lower()
        tail = ""
        while name and name[-1] in ".-" and name not in users and name not in named:
            name, tail = name[:-1], name[-1] + tail
        if token[0] == "@" and name in _SPECIAL:
            return f"<!{name}>{tail}"
        if token[0] == "@" and name in users:
            person = users[name]
            return f"<@{person.id}|{person.name}>{tail}" if labels else f"<@{person.id}>{tail}"
        if token[0] == "#" and name in named:
            channel = named[name]
            return f"<#{channel.id}|{channel.name}>{tail}"
        return token

    return _TOKEN.sub(replaced, text)
