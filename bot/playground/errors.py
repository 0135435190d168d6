"""How the playground says no: with the words that Slack itself uses."""

from __future__ import annotations

from typing import Any

from pipeline.errors import FindMeError


class SlackRefusal(Exception):
    """An answer `{"ok": false, "error": ...}`; `extra` holds further fields such as `needed`."""

    def __init__(
        self, error: str, *, status: int = 200, retry_after: int | None = None, **extra: Any
    ) -> None:
        super().__init__(error)
        self.error = error
        self.status = status
        self.retry_after = retry_after
        self.extra = extra

    def body(self) -> dict[str, Any]:
        return {"ok": False, "error": self.error, **self.extra}


class PlaygroundError(FindMeError):
    """The playground was asked for something that it does not have; the message says what to do."""


def bad_arguments(*messages: str) -> SlackRefusal:
    """`invalid_arguments` with Slack's explanation beside it."""
    return SlackRefusal(
        "invalid_arguments", response_metadata={"messages": [f"[ERROR] {m}" for m in messages]}
    )
