"""Indexing on the queue's workers: asks for runs, and tells their listeners how far they are."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

from bot import words
from bot.background import outcome
from bot.indexer import Ended, IndexListener, IndexRequest, Running
from bot.pace import Pace
from bot.parsing import exact_event
from pipeline.errors import EventBusy, FindMeError
from pipeline.index_queue import IndexQueue
from pipeline.runs import IndexRun, RunRequest, RunState
from pipeline.types import EventKey, Progress

log = logging.getLogger(__name__)

EVERY_SECONDS = 1.0  # between looks at the runs that somebody follows


class QueuedIndexer:
    """Fills Indexer with runs of the queue; who does them, and where, is not its business."""

    def __init__(self, queue: IndexQueue) -> None:
        self._queue = queue
        self._followed: dict[int, IndexListener] = {}
        self._paces: dict[int, Pace] = {}
        self._new: list[tuple[int, IndexListener]] = []
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="following-runs", daemon=True)
        self._thread.start()

    def submit(self, request: IndexRequest, listener: IndexListener) -> bool | None:
        """As Indexer.submit. Raises InvalidEventName, DatabaseUnavailable."""
        waits = bool(self._queue.unfinished())
        try:
            run_id = self._queue.submit(
                RunRequest(request.key, request.source, asked_by=request.asked_by, report=listener.address())
            )
        except EventBusy:
            return None
        if run_id is None:
            return None
        with self._lock:
            self._new.append((run_id, listener))
        return waits

    def resume(self, listen: Callable[[EventKey, dict[str, Any]], IndexListener]) -> None:
        """As Indexer.resume. Raises DatabaseUnavailable."""
        for run in self._queue.unreported():
            listener = listen(run.key, dict(run.request.report or {}))
            with self._lock:
                self._new.append((run.id, listener))

    def running(self) -> list[Running]:
        """As Indexer.running. Raises DatabaseUnavailable."""
        runs = self._queue.unfinished()
        with self._lock:
            speeds = {run_id: pace.speed for run_id, pace in self._paces.items()}
        return [Running(run.key, run.progress, speeds.get(run.id)) for run in runs]

    def ended(self, team: str) -> list[Ended]:
        """As Indexer.ended. Raises DatabaseUnavailable."""
        return [_ended(run) for run in self._queue.ended(team)]

    def cancel(self, key: EventKey, why: str = words.INDEX_CANCELLED) -> bool:
        """As Indexer.cancel. Raises DatabaseUnavailable."""
        for run in self._queue.unfinished():
            same = run.key.team == key.team and exact_event(run.key.slug, key.slug)
            if same and run.key.channel == key.channel:
                return self._queue.cancel(run.id, why)
        return False

    def close(self) -> None:
        """Stops following; the runs go on, and the next bot follows them."""
        self._stop.set()
        self._thread.join()
        for listener in self._followed.values():
            listener.leave()

    def _follow(self) -> None:
        while not self._stop.is_set():
            self._welcome()
            for run_id in list(self._followed):
                try:
                    self._look(run_id)
                except FindMeError as error:
                    log.warning("run %d cannot be followed just now: %s", run_id, error)
                except Exception:  # the other runs' messages, and this one's next, must live on
                    log.exception("run %d cannot be followed just now", run_id)
            self._stop.wait(EVERY_SECONDS)

    def _welcome(self) -> None:
        """Begins to follow what was submitted since the last time."""
        with self._lock:
            new, self._new = self._new, []
        for run_id, listener in new:
            self._followed[run_id] = listener
            outcome(listener.start)
            outcome(partial(self._keep_address, run_id, listener))

    def _keep_address(self, run_id: int, listener: IndexListener) -> None:
        address = listener.address()
        if address is not None:
            self._queue.keep_report(run_id, address)

    def _look(self, run_id: int) -> None:
        """Tells a run's listener how far it is."""
        listener = self._followed[run_id]
        run = self._queue.run(run_id)
        if run is not None and not run.state.ended:
            if run.progress is not None:
                if run.progress.total:
                    self._note(run_id, run.progress)
                listener.progress(run.progress)
            return
        if run is not None and run.state is RunState.DONE:
            report = self._queue.report(run)
            outcome(lambda: listener.finish(report))
        else:
            outcome(lambda: listener.fail(_why(run)))
        del self._followed[run_id]
        with self._lock:
            self._paces.pop(run_id, None)
        self._queue.mark_reported(run_id)

    def _note(self, run_id: int, progress: Progress) -> None:
        with self._lock:
            pace = self._paces.setdefault(run_id, Pace())
        pace.note(progress)


def _why(run: IndexRun | None) -> str:
    if run is None:
        return words.INDEX_DELETED
    return words.INDEX_CANCELLED if run.reason is None else words.public(run.reason)


def _ended(run: IndexRun) -> Ended:
    failed = run.progress.failed if run.progress else 0
    reason = "" if run.state is RunState.DONE else _why(run)
    return Ended(run.key, run.ended_at or datetime.now(UTC), failed, reason)
