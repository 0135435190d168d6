"""One call of a Web API method, and the table of methods."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from bot.playground.errors import SlackRefusal, bad_arguments
from bot.playground.model import Channel, Json
from bot.playground.posting import visible_channel
from bot.playground.services import Services

Handler = Callable[["Call"], Json]
TokenKind = Literal["bot", "app", "none"]


@dataclass(frozen=True)
class Method:
    """A method: its work, the scope that it needs, and the kind of token."""

    name: str
    handler: Handler
    scope: str | None
    needs: TokenKind  # which token


METHODS: dict[str, Method] = {}


def method(name: str, *, scope: str | None = None, needs: TokenKind = "bot") -> Callable[[Handler], Handler]:
    """Puts a function into the table of methods."""

    def register(handler: Handler) -> Handler:
        METHODS[name] = Method(name, handler, scope, needs)
        return handler

    return register


@dataclass(frozen=True)
class Call:
    """The arguments of one call, whether they came as a form, as JSON or in the query."""

    name: str
    args: Mapping[str, Any]
    services: Services

    def text(self, key: str) -> str:
        """A string argument; empty when absent."""
        value = self.args.get(key)
        return "" if value is None else str(value)

    def required(self, key: str) -> str:
        value = self.text(key)
        if not value:
            raise bad_arguments(f"missing required field: {key}")
        return value

    def flag(self, key: str, default: bool = False) -> bool:
        value = self.args.get(key)
        if value is None:
            return default
        return str(value).lower() in ("1", "true")

    def number(self, key: str, default: int) -> int:
        try:
            return int(self.text(key) or default)
        except ValueError as error:
            raise bad_arguments(f"must be a number: {key}") from error

    def structure(self, key: str) -> Any:
        """A JSON argument: already decoded, or as text; None when absent."""
        value = self.args.get(key)
        if value is None or value == "" or not isinstance(value, str):
            return value or None
        try:
            return json.loads(value)
        except ValueError as error:
            raise SlackRefusal("invalid_blocks_format" if key == "blocks" else "invalid_arguments") from error

    def need(self, scope: str) -> None:
        """Refuses the call when that scope was not granted."""
        granted = self.services.grants.scopes
        if scope not in granted:
            raise SlackRefusal("missing_scope", needed=scope, provided=",".join(sorted(granted)))

    def channel(self, key: str = "channel") -> Channel:
        """The conversation that the argument names. Refused when the bot cannot know of it."""
        return visible_channel(self.services.workspace, self.services.app, self.required(key))


def page(items: list[Json], call: Call, *, most: int = 1000) -> tuple[list[Json], str]:
    """A page of `items` by limit and cursor, and the next cursor (empty at the end)."""
    start = int(call.text("cursor") or 0) if call.text("cursor").isdigit() or not call.text("cursor") else -1
    if start < 0:
        raise SlackRefusal("invalid_cursor")
    limit = min(call.number("limit", 100) or 100, most)
    end = start + limit
    return items[start:end], str(end) if end < len(items) else ""
