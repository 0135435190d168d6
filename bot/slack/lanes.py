"""One after another into each channel: Slack takes about one message a second there."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from weakref import WeakValueDictionary


class _Lane:
    """A channel's turn; lives as long as somebody holds it or waits for it."""

    def __init__(self) -> None:
        self.turn = threading.Lock()


class Lanes:
    """Lets one thread at a time write to a channel. Safe to use from several threads.

    Whoever is asked by Slack to wait does so in its lane, so that nobody else tries meanwhile and all that
    wait are served in the end. Without that they try again in the same second, and most are refused again.
    """

    def __init__(self) -> None:
        self._lanes: WeakValueDictionary[str, _Lane] = WeakValueDictionary()
        self._lock = threading.Lock()

    @contextmanager
    def into(self, channel: str) -> Iterator[None]:
        """Waits for the channel's turn, and has it."""
        with self._lock:
            lane = self._lanes.get(channel) or _Lane()
            self._lanes[channel] = lane
        with lane.turn:
            yield
