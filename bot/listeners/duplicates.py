"""Middleware: what Slack delivers twice is answered once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

from cachetools import TTLCache
from slack_bolt import BoltResponse

LIFETIME = 6 * 3600  # seconds; Slack tries an event again for about an hour
MOST = 20_000  # remembered deliveries


class Duplicates:
    """Remembers deliveries for some hours. Safe to use from several threads."""

    def __init__(self, lifetime: float = LIFETIME) -> None:
        self._seen: TTLCache[str, bool] = TTLCache(maxsize=MOST, ttl=lifetime)
        self._lock = threading.Lock()

    def once(
        self,
        body: dict[str, Any],
        next: Callable[[], BoltResponse],  # noqa: A002  (Bolt passes it by this name)
    ) -> BoltResponse:
        """Acknowledges a delivery that was here before, and passes on all others."""
        keys = keys_of(body)
        with self._lock:
            known = any(key in self._seen for key in keys)
            for key in keys:
                self._seen[key] = True
        return BoltResponse(status=200, body="") if known else next()


def keys_of(body: Mapping[str, Any]) -> list[str]:
    """What identifies a delivery.

    An event's id; a command's trigger; and for what is answered as a message its channel and ts, since
    editing
    a message fires app_mention once more, with an event id of its own.
    """
    if body.get("command"):
        trigger = body.get("trigger_id")
        return [f"trigger {trigger}"] if trigger else []
    keys = [f"event {body['event_id']}"] if body.get("event_id") else []
    event = body.get("event")
    if isinstance(event, dict) and _is_answered(event):
        keys.append(f"message {event.get('channel')} {event.get('ts')}")
    return keys


def _is_answered(event: Mapping[str, Any]) -> bool:
    direct = event.get("type") == "message" and event.get("channel_type") == "im" and "hidden" not in event
    return bool(event.get("ts")) and (event.get("type") == "app_mention" or direct)
