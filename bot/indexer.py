"""Indexing behind the conversation: a small seam, and what fills it inside this process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from bot import words
from bot.background import outcome
from bot.pace import Pace
from bot.runs import Ended, Running
from pipeline.errors import Interrupted
from pipeline.finder import PhotoFinder
from pipeline.ports import PhotoSource
from pipeline.types import EventKey, IndexReport, Progress


@dataclass(frozen=True, slots=True)
class IndexRequest:
    """What to index, and as what."""

    key: EventKey
    source: str  # as PhotoSource.uri gives it
    asked_by: str | None = None  # Slack user id


class IndexListener(Protocol):
    """Hears of a run: start, any number of times progress, then finish or fail, then leave, or leave at once.

    Every method but leave returns at once.
    """

    def start(self) -> None:
        """The run begins."""
        ...

    def progress(self, run: Running) -> None:
        """So far it is."""
        ...

    def finish(self, report: IndexReport) -> None:
        """It is done."""
        ...

    @property
    def told(self) -> bool:
        """Has the asker been told how it ended, or never will be?"""
        ...

    def fail(self, sentence: str) -> None:
        """It ended early; the sentence, in Slack's markup, says why and what to do."""
        ...

    def leave(self) -> None:
        """Somebody else will tell of what is not told yet; comes back when this one says nothing more."""
        ...

    def address(self) -> dict[str, Any] | None:
        """Where it reports to, as JSON: from it, another process makes a listener that goes on."""
        ...


def leave_all(listeners: Collection[IndexListener]) -> None:
    """Has them all stop following at once, since each may be waiting for Slack."""
    with ThreadPoolExecutor(max(1, len(listeners)), thread_name_prefix="leaving") as pool:
        list(pool.map(lambda listener: listener.leave(), listeners))


class Indexer(Protocol):
    """Runs indexing jobs somewhere: here, or on workers."""

    def submit(self, request: IndexRequest, listener: IndexListener) -> bool | None:
        """Takes a job and returns at once.

        True: it waits for another one. False: it starts now. None: it is refused, since the same event is
        being indexed already.
        """
        ...

    def resume(self, listen: Callable[[EventKey, dict[str, Any]], IndexListener]) -> None:
        """Goes on telling of runs that an earlier process was asked for; `listen` makes their listeners."""
        ...

    def running(self) -> list[Running]:
        """The jobs that are not finished, in order."""
        ...

    def ended(self, team: str) -> list[Ended]:
        """The last runs of a workspace that have ended, one an event, the latest first."""
        ...

    def cancel(self, key: EventKey, why: str = words.INDEX_CANCELLED) -> bool:
        """Ends the run of an event, or takes it out of the line; what is indexed is kept. False: there is
        none in that channel. why: what its listener is told, a sentence."""
        ...

    def close(self) -> None:
        """Stops in good order; what is done is kept, and the same job again continues."""
        ...


@dataclass(slots=True)
class _Job:
    """A run of this process."""

    source: str = ""
    progress: Progress | None = None
    pace: Pace = field(default_factory=Pace)
    stop: threading.Event = field(default_factory=threading.Event)
    why: str = words.INDEX_CANCELLED


class LocalIndexer:
    """Runs one job at a time on a thread of this process."""

    def __init__(self, finder: PhotoFinder, open_source: Callable[[str], PhotoSource]) -> None:
        self._finder = finder
        self._open_source = open_source
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="indexing")
        self._jobs: dict[EventKey, _Job] = {}
        self._ended: dict[EventKey, Ended] = {}
        self._telling: list[IndexListener] = []  # of the outcome of runs
        self._lock = threading.Lock()
        self._closing = threading.Event()

    def submit(self, request: IndexRequest, listener: IndexListener) -> bool | None:
        """As Indexer.submit."""
        with self._lock:
            if any(_same(key, request.key) for key in self._jobs):
                return None
            waits = bool(self._jobs)
            job = self._jobs[request.key] = _Job(request.source)
        self._pool.submit(self._run, request, listener, job)
        return waits

    def resume(self, listen: Callable[[EventKey, dict[str, Any]], IndexListener]) -> None:
        """As Indexer.resume: there is nothing, since its jobs end with the process."""

    def running(self) -> list[Running]:
        """As Indexer.running."""
        with self._lock:
            return [_running(key, job) for key, job in self._jobs.items()]

    def ended(self, team: str) -> list[Ended]:
        """As Indexer.ended, since this process began."""
        with self._lock:
            return [run for run in reversed(self._ended.values()) if run.key.team == team]

    def cancel(self, key: EventKey, why: str = words.INDEX_CANCELLED) -> bool:
        """As Indexer.cancel."""
        with self._lock:
            for running, job in self._jobs.items():
                if _same(running, key) and running.channel == key.channel:
                    job.why = why
                    job.stop.set()
                    return True
        return False

    def close(self) -> None:
        """As Indexer.close: waiting jobs are told that they were stopped."""
        self._closing.set()
        with self._lock:
            for job in self._jobs.values():
                job.stop.set()
        self._pool.shutdown(wait=True)
        leave_all(self._telling)

    def _run(self, request: IndexRequest, listener: IndexListener, job: _Job) -> None:
        sentence = outcome(lambda: self._index(request, listener, job))
        if sentence:
            self._fail(request.key, listener, sentence)

    def _index(self, request: IndexRequest, listener: IndexListener, job: _Job) -> None:
        if job.stop.is_set():
            self._fail(request.key, listener, self._why_stopped(job))
            return
        listener.start()
        listener.progress(_running(request.key, job))

        def note(progress: Progress) -> None:
            with self._lock:
                job.progress = progress
            job.pace.note(progress)
            listener.progress(_running(request.key, job))

        try:
            report = self._finder.index(
                self._open_source(request.source), request.key, progress=note, stop=job.stop
            )
        except Interrupted:
            self._fail(request.key, listener, self._why_stopped(job))
            return
        self._drop(request.key, len(report.failed))
        self._tell(listener, lambda: listener.finish(report))

    def _fail(self, key: EventKey, listener: IndexListener, sentence: str) -> None:
        self._drop(key, 0, sentence)
        self._tell(listener, lambda: listener.fail(sentence))

    def _tell(self, listener: IndexListener, how: Callable[[], object]) -> None:
        outcome(how)
        self._telling = [one for one in [*self._telling, listener] if not one.told]

    def _why_stopped(self, job: _Job) -> str:
        return words.INTERRUPTED if self._closing.is_set() else job.why

    def _drop(self, key: EventKey, failed: int, reason: str = "") -> None:
        """Counts a run as over, before anybody hears of it and asks for it again."""
        with self._lock:
            self._jobs.pop(key, None)
            self._ended.pop(key, None)
            self._ended[key] = Ended(key, datetime.now(UTC), failed, reason)


def _running(key: EventKey, job: _Job) -> Running:
    return Running(key, job.progress, job.pace.speed, job.source)


def _same(one: EventKey, other: EventKey) -> bool:
    return (one.team, one.slug) == (other.team, other.slug)
