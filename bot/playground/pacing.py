"""How many messages a channel takes: Slack's own limit is about one a second."""

from __future__ import annotations

import threading
import time

from bot.playground.errors import SlackRefusal


class Pacing:
    """Refuses messages that come too soon after another one of their channel."""

    def __init__(self) -> None:
        self.seconds = 0.0  # between two messages; 0: no limit
        self._lock = threading.Lock()
        self._last: dict[str, float] = {}  # by channel

    def admit(self, channel: str) -> None:
        """Raises ratelimited where the channel has to rest."""
        with self._lock:
            now = time.monotonic()
            if now - self._last.get(channel, -self.seconds) < self.seconds:
                raise SlackRefusal("ratelimited", status=429, retry_after=1)
            self._last[channel] = now
