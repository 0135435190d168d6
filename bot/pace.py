"""How fast an indexing run goes, from what it said lately; pure but for the clock."""

from __future__ import annotations

import threading
import time
from collections import deque

from pipeline.types import Progress

WINDOW = 60.0  # seconds that are looked back: long enough to be steady, short enough to notice a new worker
STEP = 0.5  # seconds between what is remembered
SHORTEST = 1.0  # seconds from which on a speed means something
STILL = 30.0  # seconds without a photo after which nothing moves


class Pace:
    """Notes progress; tells the speed. What the source's listing found done already counts for nothing."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()  # (seconds, photos done), the oldest first
        self._at = (0, 0)  # photos done, of how many
        self._moved: float | None = None  # when that changed last
        self._noted = 0.0
        self._lock = threading.Lock()

    def note(self, progress: Progress | None, now: float | None = None) -> None:
        """So far it is; None: its source is not listed. now: seconds on a clock that never goes back."""
        now = time.monotonic() if now is None else now
        at = (progress.done, progress.total) if progress else (0, 0)
        with self._lock:
            if self._moved is None or at != self._at:
                if self._moved is not None and now - self._moved >= STILL:
                    self._seen.clear()  # how long it stood still says nothing of how fast it goes
                self._at, self._moved = at, now
            self._noted = now
            if progress is None or not progress.total:
                return
            if len(self._seen) > 1 and now - self._seen[-2][0] < STEP:
                self._seen.pop()
            self._seen.append((now, progress.done))
            while len(self._seen) > 2 and now - self._seen[1][0] > WINDOW:
                self._seen.popleft()

    @property
    def speed(self) -> float | None:
        """Photos a second; None where it is not known yet, or nothing moves."""
        with self._lock:
            if len(self._seen) < 2 or self._is_still():
                return None
            (began, before), (ended, after) = self._seen[0], self._seen[-1]
        if ended - began < SHORTEST or after <= before:
            return None
        return (after - before) / (ended - began)

    @property
    def still(self) -> bool:
        """Has nothing moved for so long that something may be wrong?"""
        with self._lock:
            return self._is_still()

    def _is_still(self) -> bool:
        return self._moved is not None and self._noted - self._moved >= STILL


def seconds_left(progress: Progress, speed: float | None) -> float | None:
    """Until the last photo is done; None where that is not known."""
    return None if not speed else (progress.total - progress.done) / speed
