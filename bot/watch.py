"""How the runs of the queue move, and what holds up those that do not."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from bot.pace import Pace
from bot.runs import Running
from pipeline.runs import IndexRun
from pipeline.types import EventKey


class Watch:
    """Notes runs again and again. Safe to use from several threads at once."""

    def __init__(self, workers: Callable[[], int]) -> None:
        """workers: how many are alive; asked only while a run stands still."""
        self._workers = workers
        self._paces: dict[int, Pace] = {}
        self._first: EventKey | None = None  # the event that is read just now
        self._deserted = False
        self._lock = threading.Lock()

    def note(self, runs: Sequence[IndexRun]) -> None:
        """So far they are, in order. What `workers` raises leaves what was known of them."""
        going = [run for run in runs if not run.state.ended]
        with self._lock:
            self._paces = {run.id: self._paces.get(run.id) or Pace() for run in going}
            for run in going:
                self._paces[run.id].note(run.progress)
            moving = (run.key for run in going if self._paces[run.id].speed and not _is_troubled(run))
            self._first = next(moving, None)
            still = any(pace.still for pace in self._paces.values())
        deserted = still and self._workers() == 0
        with self._lock:
            self._deserted = deserted

    def running(self, run: IndexRun) -> Running:
        """What there is to tell of a run that has not ended."""
        with self._lock:
            pace = self._paces.get(run.id) or Pace()
            begun = run.progress is None or run.progress.done or not run.progress.total
            behind = None if begun or _is_troubled(run) or self._first == run.key else self._first
            return Running(
                run.key, run.progress, pace.speed, run.request.source, self._deserted and pace.still, behind
            )


def _is_troubled(run: IndexRun) -> bool:
    return run.progress is not None and bool(run.progress.trouble)
