"""Middleware: what Slack delivers twice is answered once."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from typing import Any

from cachetools import TTLCache
from slack_bolt import BoltResponse

EVENT_LIFETIME = 6 * 3600  # seconds; Slack tries an event again for about an hour
COMMAND_LIFETIME = 120  # seconds; a command is delivered again at once or never, and people do repeat theirs
UNNAMED_LIFETIME = 10  # seconds for a command that nothing identifies but what it says
MOST = 20_000  # remembered deliveries


class Duplicates:
    """Remembers deliveries for a while. Safe to use from several threads."""

    def __init__(
        self, event_lifetime: float = EVENT_LIFETIME, command_lifetime: float = COMMAND_LIFETIME
    ) -> None:
        self._events: TTLCache[str, bool] = TTLCache(maxsize=MOST, ttl=event_lifetime)
        self._commands: TTLCache[str, bool] = TTLCache(maxsize=MOST, ttl=command_lifetime)
        self._unnamed: TTLCache[str, bool] = TTLCache(maxsize=MOST, ttl=UNNAMED_LIFETIME)
        self._lock = threading.Lock()

    def once(
        self,
        body: dict[str, Any],
        next: Callable[[], BoltResponse],  # noqa: A002  (Bolt passes it by this name)
    ) -> BoltResponse:
        """Acknowledges a delivery that was here before, and passes on all others."""
        keys = keys_of(body)
        seen = self._events
        if body.get("command"):
            seen = self._commands if is_named(body) else self._unnamed
        with self._lock:
            known = any(key in seen for key in keys)
            for key in keys:
                seen[key] = True
        return BoltResponse(status=200, body="") if known else next()


def keys_of(body: Mapping[str, Any]) -> list[str]:
    """What identifies a delivery.

    An event's id; a command's trigger or, where a server gives none, its response_url, else its whole body;
    and for what is answered as a message its channel and ts, since editing a message fires app_mention once
    more, with an event id of its own.
    """
    if body.get("command"):
        if not is_named(body):
            return [json.dumps(body, sort_keys=True, default=str)]
        names = ("trigger_id", "command", "text", "user_id", "channel_id", "response_url")
        return [" ".join(str(body.get(name)) for name in names)]
    event = body.get("event")
    if not isinstance(event, dict):
        return []
    place = f"{event.get('type')} {event.get('channel')} {event.get('event_ts') or event.get('ts')}"
    keys = [f"event {body['event_id']} {place}"] if body.get("event_id") else []
    if _is_answered(event):
        keys.append(f"message {event.get('channel')} {event.get('ts')}")
    return keys


def is_named(body: Mapping[str, Any]) -> bool:
    """Does a command carry something that is made anew for each?"""
    return bool(body.get("trigger_id") or body.get("response_url"))


def _is_answered(event: Mapping[str, Any]) -> bool:
    direct = event.get("type") == "message" and event.get("channel_type") == "im" and "hidden" not in event
    return bool(event.get("ts")) and (event.get("type") == "app_mention" or direct)
