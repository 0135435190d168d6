"""The queue of indexing runs, as those see it who ask for runs and watch them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipeline.admission import check_name
from pipeline.runs import IndexRun, RunRequest, RunState
from pipeline.store import Store, entries, photos, queue, runs
from pipeline.store.claims import Claims
from pipeline.store.queue import QueueState
from pipeline.types import IndexReport

LIST_SOURCE, READ_PHOTOS, CLOSE_RUN = "findme.list_source", "findme.read_photos", "findme.close_run"
"""The names of the jobs."""


class IndexQueue:
    """Asks for runs, watches and cancels them. Safe to use from several threads at once.

    Every method may raise DatabaseUnavailable.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def submit(self, request: RunRequest) -> int | None:
        """Asks for a run; its number, or None when a run of the event has not ended.

        Raises InvalidEventName, and EventBusy while the event is being indexed or erased otherwise.
        """
        check_name(request.key.slug)
        with self._store.submitting(request.key) as connection:
            run_id = runs.add(connection, request)
            if run_id is not None:
                queue.defer(connection, LIST_SOURCE, [{"run": run_id}], priority=1)
        return run_id

    def run(self, run_id: int) -> IndexRun | None:
        """One run; None when it or its event has been erased."""
        with self._store.transaction() as connection:
            return runs.get(connection, run_id)

    def unfinished(self) -> list[IndexRun]:
        """The runs that have not ended, in order."""
        with self._store.transaction() as connection:
            return runs.unfinished(connection)

    def unreported(self) -> list[IndexRun]:
        """The runs, ended or not, whose askers have not been told how they ended."""
        with self._store.transaction() as connection:
            return runs.unreported(connection)

    def claims(self) -> Claims:
        """What a process claims runs with that it alone is to report on."""
        return self._store.claims()

    def ended(self, team: str, most: int = 50) -> list[IndexRun]:
        """A team's last runs that have ended, one an event, the latest first."""
        with self._store.transaction() as connection:
            return runs.ended(connection, team, most)

    def cancel(self, run_id: int, reason: str | None = None) -> bool:
        """Ends a run now; what is indexed is kept. Whether it had not ended before. reason: a sentence."""
        with self._store.transaction() as connection:
            return runs.end(connection, run_id, RunState.CANCELLED, reason=reason)

    def report(self, run: IndexRun) -> IndexReport:
        """What came of a run that has ended."""
        with self._store.transaction() as connection:
            held = (0, 0) if run.event_id is None else photos.count(connection, run.event_id)
            failed = tuple(entries.failures(connection, run.id))
        return IndexReport(run.key.slug, *held, run.added, run.skipped, run.removed, failed, run.seconds)

    def keep_report(self, run_id: int, report: Mapping[str, Any]) -> None:
        """Keeps where the asker reads of a run."""
        with self._store.transaction() as connection:
            runs.set_report(connection, run_id, report)

    def mark_reported(self, run_id: int) -> None:
        """Notes that the asker has been told how the run ended."""
        with self._store.transaction() as connection:
            runs.mark_reported(connection, run_id)

    def state(self) -> QueueState:
        """What is in the queue, and who works on it."""
        with self._store.transaction() as connection:
            return queue.state(connection)
