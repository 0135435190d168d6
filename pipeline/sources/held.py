"""Something large that is held for as long as it is used."""

from __future__ import annotations

import threading
import time
from typing import Generic, TypeVar

Thing = TypeVar("Thing")


class Held(Generic[Thing]):
    """Holds a thing, and lets it go when nobody has asked for it in a while. Safe with several threads."""

    def __init__(self, seconds: float) -> None:
        """Holds nothing yet. `seconds` without a question, after which a thing is let go."""
        self._seconds = seconds
        self._lock = threading.Lock()
        self._thing: Thing | None = None
        self._asked = 0.0  # monotonic seconds
        self._watched = False

    def put(self, thing: Thing | None) -> None:
        """Holds this instead; None lets go."""
        with self._lock:
            self._thing, self._asked = thing, time.monotonic()
            if thing is not None and not self._watched:
                self._watch(self._seconds)

    def get(self) -> Thing | None:
        """The thing, or None when there is none, or none any more."""
        with self._lock:
            self._asked = time.monotonic()
            return self._thing

    def _watch(self, seconds: float) -> None:
        self._watched = True
        timer = threading.Timer(seconds, self._look)
        timer.daemon = True
        timer.start()

    def _look(self) -> None:
        with self._lock:
            self._watched = False
            left = self._asked + self._seconds - time.monotonic()
            if left <= 0:
                self._thing = None
            elif self._thing is not None:
                self._watch(left)
