"""Indexing on the queue's workers: asks for runs, and tells their listeners how far they are."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

from bot import words
from bot.background import outcome
from bot.indexer import IndexListener, IndexRequest, Running
from bot.parsing import exact_event
from pipeline.errors import EventBusy, FindMeError
from pipeline.index_queue import IndexQueue
from pipeline.runs import IndexRun, RunRequest, RunState
from pipeline.types import EventKey

log = logging.getLogger(__name__)

EVERY_SECONDS = 1.0  # between looks at the runs that somebody follows


class QueuedIndexer:
    """Fills Indexer with runs of the queue; who does them, and where, is not its business."""

    def __init__(self, queue: IndexQueue) -> None:
        self._queue = queue
        self._followed: dict[int, IndexListener] = {}
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
        return [Running(run.key, run.progress) for run in self._queue.unfinished()]

    def cancel(self, key: EventKey) -> bool:
        """As Indexer.cancel. Raises DatabaseUnavailable."""
        for run in self._queue.unfinished():
            same = run.key.team == key.team and exact_event(run.key.slug, key.slug)
            if same and run.key.channel == key.channel:
                return self._queue.cancel(run.id)
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
                listener.progress(run.progress)
            return
        if run is not None and run.state is RunState.DONE:
            report = self._queue.report(run)
            outcome(lambda: listener.finish(report))
        else:
            outcome(lambda: listener.fail(_why(run)))
        del self._followed[run_id]
        self._queue.mark_reported(run_id)


def _why(run: IndexRun | None) -> str:
    if run is None or run.reason is None:
        return words.INDEX_CANCELLED
    return words.escape(run.reason)
