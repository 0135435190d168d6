"""Indexing behind the conversation: a small seam, and what fills it inside this process."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

from bot import words
from bot.background import outcome
from pipeline.errors import Interrupted
from pipeline.finder import PhotoFinder
from pipeline.ports import PhotoSource
from pipeline.types import EventKey, IndexReport, Progress


@dataclass(frozen=True, slots=True)
class IndexRequest:
    """What to index, and as what."""

    key: EventKey
    source: str  # as PhotoSource.uri gives it


@dataclass(frozen=True, slots=True)
class Running:
    """An indexing run that is not finished."""

    key: EventKey
    progress: Progress | None  # None while it waits or looks through the source


class IndexListener(Protocol):
    """Hears of a run: start, any number of times progress, then finish or fail."""

    def start(self) -> None:
        """The run begins."""
        ...

    def progress(self, progress: Progress) -> None:
        """So far it is; must return at once."""
        ...

    def finish(self, report: IndexReport) -> None:
        """It is done."""
        ...

    def fail(self, sentence: str) -> None:
        """It ended early; the sentence, in Slack's markup, says why and what to do."""
        ...


class Indexer(Protocol):
    """Runs indexing jobs somewhere: here, or on workers."""

    def submit(self, request: IndexRequest, listener: IndexListener) -> bool | None:
        """Takes a job and returns at once.

        True: it waits for another one. False: it starts now. None: it is refused, since the same event is
        being indexed already.
        """
        ...

    def running(self) -> list[Running]:
        """The jobs that are not finished, in order."""
        ...

    def close(self) -> None:
        """Stops in good order; what is done is kept, and the same job again continues."""
        ...


class LocalIndexer:
    """Runs one job at a time on a thread of this process."""

    def __init__(self, finder: PhotoFinder, open_source: Callable[[str], PhotoSource]) -> None:
        self._finder = finder
        self._open_source = open_source
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="indexing")
        self._jobs: dict[EventKey, Progress | None] = {}
        self._lock = threading.Lock()
        self._stop = threading.Event()

    def submit(self, request: IndexRequest, listener: IndexListener) -> bool | None:
        """As Indexer.submit."""
        with self._lock:
            if any(_same(key, request.key) for key in self._jobs):
                return None
            waits = bool(self._jobs)
            self._jobs[request.key] = None
        self._pool.submit(self._run, request, listener)
        return waits

    def running(self) -> list[Running]:
        """As Indexer.running."""
        with self._lock:
            return [Running(key, progress) for key, progress in self._jobs.items()]

    def close(self) -> None:
        """As Indexer.close: waiting jobs are told that they were stopped."""
        self._stop.set()
        self._pool.shutdown(wait=True)

    def _run(self, request: IndexRequest, listener: IndexListener) -> None:
        sentence = outcome(lambda: self._index(request, listener))
        self._drop(request.key)
        if sentence:
            outcome(lambda: listener.fail(sentence))

    def _index(self, request: IndexRequest, listener: IndexListener) -> None:
        if self._stop.is_set():
            listener.fail(words.INTERRUPTED)
            return
        listener.start()

        def note(progress: Progress) -> None:
            with self._lock:
                self._jobs[request.key] = progress
            listener.progress(progress)

        try:
            report = self._finder.index(
                self._open_source(request.source), request.key, progress=note, stop=self._stop
            )
        except Interrupted:
            listener.fail(words.INTERRUPTED)
            return
        self._drop(request.key)  # before anybody hears that it is done, and asks for it again
        listener.finish(report)

    def _drop(self, key: EventKey) -> None:
        with self._lock:
            self._jobs.pop(key, None)


def _same(one: EventKey, other: EventKey) -> bool:
    return (one.team, one.slug) == (other.team, other.slug)
