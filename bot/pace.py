"""How fast an indexing run goes, from what it said lately; pure but for the clock."""

from __future__ import annotations

import threading
import time
from collections import deque

from pipeline.types import Progress

WINDOW = 60.0  # seconds that are looked back: long enough to be steady, short enough to notice a new worker
STEP = 0.5  # seconds between what is remembered
SHORTEST = 1.0  # seconds from which on a speed means something


class Pace:
    """Notes progress; tells the speed. What the source's listing found done already counts for nothing."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()  # (seconds, photos done), the oldest first
        self._lock = threading.Lock()

    def note(self, progress: Progress, now: float | None = None) -> None:
        """So far it is. now: seconds on a clock that never goes back."""
        now = time.monotonic() if now is None else now
        with self._lock:
            if len(self._seen) > 1 and now - self._seen[-2][0] < STEP:
                self._seen.pop()
            self._seen.append((now, progress.done))
            while len(self._seen) > 2 and now - self._seen[1][0] > WINDOW:
                self._seen.popleft()

    @property
    def speed(self) -> float | None:
        """Photos a second; None where it is not known yet, or nothing moves."""
        with self._lock:
            if len(self._seen) < 2:
                return None
            (began, before), (ended, after) = self._seen[0], self._seen[-1]
        if ended - began < SHORTEST or after <= before:
            return None
        return (after - before) / (ended - began)


def seconds_left(progress: Progress, speed: float | None) -> float | None:
    """Until the last photo is done; None where that is not known."""
    return None if not speed else (progress.total - progress.done) / speed
