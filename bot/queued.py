"""Indexing on the queue's workers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from bot import words
from bot.indexer import IndexListener, IndexRequest
from bot.parsing import exact_event
from bot.reporting import Reporter, why
from bot.runs import Ended, Running
from pipeline.errors import EventBusy
from pipeline.index_queue import IndexQueue
from pipeline.runs import IndexRun, RunRequest, RunState
from pipeline.types import EventKey


class QueuedIndexer:
    """Fills Indexer with runs of the queue; who does them, and where, is not its business."""

    def __init__(self, queue: IndexQueue) -> None:
        self._queue = queue
        self._reporter = Reporter(queue)

    def submit(self, request: IndexRequest, listener: IndexListener) -> bool | None:
        """As Indexer.submit. Raises InvalidEventName, DatabaseUnavailable."""
        waits = bool(self._queue.unfinished())
        run = RunRequest(request.key, request.source, asked_by=request.asked_by, report=listener.address())
        try:
            run_id = self._reporter.follow(lambda: self._queue.submit(run), listener)
        except EventBusy:
            return None
        return None if run_id is None else waits

    def resume(self, listen: Callable[[EventKey, dict[str, Any]], IndexListener]) -> None:
        """As Indexer.resume."""
        self._reporter.adopt(listen)

    def running(self) -> list[Running]:
        """As Indexer.running. Raises DatabaseUnavailable."""
        return [self._reporter.running(run) for run in self._queue.unfinished()]

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
        self._reporter.close()


def _ended(run: IndexRun) -> Ended:
    failed = run.progress.failed if run.progress else 0
    reason = "" if run.state is RunState.DONE else why(run)
    return Ended(run.key, run.ended_at or datetime.now(UTC), failed, reason)
