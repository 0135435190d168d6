"""Short-lived permissions: response_url addresses and trigger ids."""

from __future__ import annotations

import secrets
import threading
import time
from dataclasses import dataclass

from bot.playground.errors import SlackRefusal

RESPONSE_URL_USES = 5
RESPONSE_URL_SECONDS = 30 * 60.0
TRIGGER_SECONDS = 3.0


@dataclass
class ResponseUrl:
    """Where a response_url leads."""

    channel: str
    user: str
    expires: float  # on the monotonic clock
    message_ts: str | None = None  # the message whose button was pressed
    thread_ts: str | None = None
    uses: int = 0


class Tickets:
    """Gives out and checks both kinds."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._urls: dict[str, ResponseUrl] = {}
        self._triggers: dict[str, tuple[str, float]] = {}
        self.trigger_seconds = TRIGGER_SECONDS

    def new_response_url(
        self, channel: str, user: str, *, message_ts: str | None = None, thread_ts: str | None = None
    ) -> str:
        """The secret last part of a new response_url."""
        key = secrets.token_urlsafe(18)
        with self._lock:
            self._urls[key] = ResponseUrl(
                channel, user, time.monotonic() + RESPONSE_URL_SECONDS, message_ts, thread_ts
            )
        return key

    def use_response_url(self, key: str) -> ResponseUrl:
        """Spends one use. Raises when there is none left."""
        with self._lock:
            known = self._urls.get(key)
            if known is None:
                raise SlackRefusal("invalid_url", status=404)
            if time.monotonic() > known.expires:
                raise SlackRefusal("expired_url", status=404)
            if known.uses >= RESPONSE_URL_USES:
                raise SlackRefusal("used_url", status=404)
            known.uses += 1
            return known

    def expire_response_urls(self) -> None:
        """As if half an hour had passed."""
        with self._lock:
            for url in self._urls.values():
                url.expires = 0.0

    def new_trigger(self, user: str) -> str:
        key = f"{time.time_ns() // 1000}.{secrets.token_hex(8)}"
        with self._lock:
            self._triggers[key] = (user, time.monotonic() + self.trigger_seconds)
        return key

    def use_trigger(self, key: str) -> str:
        """The person behind it. Raises for one that is unknown, used or older than three seconds."""
        with self._lock:
            if not key:
                raise SlackRefusal("invalid_arguments")
            if key not in self._triggers:
                raise SlackRefusal("invalid_trigger_id")
            user, expires = self._triggers[key]
            if not user:
                raise SlackRefusal("exchanged_trigger_id")
            if time.monotonic() > expires:
                raise SlackRefusal("expired_trigger_id")
            self._triggers[key] = ("", expires)
            return user
