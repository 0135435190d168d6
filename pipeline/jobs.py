"""The jobs of the queue, and the loop in which a process does them."""

from __future__ import annotations

import asyncio
import logging
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import procrastinate
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job

from pipeline.errors import DatabaseUnavailable, FindMeError
from pipeline.index_queue import CLOSE_RUN, LIST_SOURCE, READ_PHOTOS
from pipeline.range_reader import GivenBack
from pipeline.shared_indexing import SharedIndexing
from pipeline.store import Store, queue
from pipeline.store.connect import explained
from pipeline.waiting import Postponed

log = logging.getLogger(__name__)


MOST_DOUBLINGS = 10


@dataclass(frozen=True, slots=True)
class Pace:
    """How often a worker does what; all in seconds."""

    heartbeat: float = 5.0  # between its signs of life
    stalled: float = queue.STALLED_SECONDS  # without a sign of life, until its jobs are taken over
    look: float = 2.0  # between looks for jobs that nobody has called out
    again: float = 5.0  # until a job is tried again that met a database in trouble
    rest: float = 60.0  # at most, of a worker that lacks what its jobs need


def work(store: Store, steps: SharedIndexing, pace: Pace | None = None) -> None:
    """Does jobs one after the other until SIGTERM or Ctrl-C; finishes the photo in hand, gives the job back.

    To be called from the main thread of a process of its own.
    """
    pace = pace or Pace()
    stop = threading.Event()
    again = _Again(pace)
    with _taking_over(store, pace, stop):
        while not stop.is_set():
            try:
                with explained():
                    asyncio.run(_work_until(store, steps, again, pace, stop))
            except (ConnectorException, DatabaseUnavailable) as error:
                log.warning("the queue cannot be reached, next try in a moment: %s", error)
            stop.wait(1)


async def _work_until(
    store: Store, steps: SharedIndexing, again: _Again, pace: Pace, stop: threading.Event
) -> None:
    """One life of procrastinate's worker; it ends when asked to, or when the database goes away.

    It also ends with a job that this process is not fit for, which others can have at once; then it rests.
    """
    # The only coroutine of the house: the worker is built on asyncio, and its jobs run on a thread.
    app = _app(store.url, steps, again)
    async with app.open_async():
        working = asyncio.ensure_future(
            app.run_worker_async(
                queues=[queue.QUEUE],
                concurrency=1,
                install_signal_handlers=False,
                shutdown_graceful_timeout=0,
                delete_jobs="successful",
                fetch_job_polling_interval=pace.look,
                update_heartbeat_interval=pace.heartbeat,
                stalled_worker_timeout=pace.stalled,
            )
        )

        def leave() -> None:
            if not stop.is_set():
                stop.set()
                working.cancel()

        again.when_unfit(working.cancel)
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, leave)
        try:
            await working
        except asyncio.CancelledError:
            log.info("stopped")
    await asyncio.to_thread(_rest, store, again.take_rest(), pace, stop)


def _rest(store: Store, seconds: float, pace: Pace, stop: threading.Event) -> None:
    """Lets the time pass, or what of it passes before there is other work."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0 and not stop.wait(min(left, pace.look)):
        with store.transaction() as connection:
            if queue.any_before_last(connection):
                return


def _app(url: str, steps: SharedIndexing, again: _Again) -> procrastinate.App:
    connector = procrastinate.PsycopgConnector(
        conninfo=url, min_size=1, max_size=4, reconnect_timeout=1, kwargs={"application_name": "findme"}
    )
    app = procrastinate.App(connector=connector)

    def list_source(context: procrastinate.JobContext, run: int) -> None:
        steps.list_source(run, context.should_abort)
        again.went_well()

    def read_photos(context: procrastinate.JobContext, run: int, first: int, last: int) -> None:
        steps.read_photos(run, first, last, context.should_abort)
        again.went_well()

    def close_run(_context: procrastinate.JobContext, run: int) -> None:
        steps.close_run(run)

    for name, task in ((LIST_SOURCE, list_source), (READ_PHOTOS, read_photos), (CLOSE_RUN, close_run)):
        app.task(name=name, queue=queue.QUEUE, pass_context=True, retry=again)(task)
    return app


class _Again(procrastinate.BaseRetryStrategy):
    """A job given back is there for the next worker at once, others after a while.

    A worker that is not fit for a job rests, the longer the more often that happens, and lets others have it.
    The run's jobs have been put last by then: it rests only while there are no others.
    """

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._in_a_row = 0
        self._rest = 0.0
        self._leave: Callable[[], object] = lambda: None

    def when_unfit(self, leave: Callable[[], object]) -> None:
        """What makes the worker leave the queue."""
        self._leave = leave

    def went_well(self) -> None:
        """A job was done."""
        self._in_a_row = 0

    def take_rest(self) -> float:
        """Seconds until the worker is to come back."""
        rest, self._rest = self._rest, 0.0
        return rest

    def get_retry_decision(
        self,
        *,
        exception: BaseException,
        job: Job,
    ) -> procrastinate.RetryDecision | None:
        """Always again: what trying again does not mend ends the run instead of raising."""
        if isinstance(exception, GivenBack):
            return _in(0)
        log.info("job %s is tried again: %s", job.call_string, exception)
        if not isinstance(exception, Postponed):
            return _in(self._pace.again)
        if not exception.unfit:
            return _in(exception.seconds)
        self._rest = min(self._pace.rest, self._pace.again * 2**self._in_a_row)
        self._in_a_row = min(self._in_a_row + 1, MOST_DOUBLINGS)
        log.error("this worker rests for %.0f s and leaves the work to others: %s", self._rest, exception)
        self._leave()
        return _in(0)


def _in(seconds: float) -> procrastinate.RetryDecision:
    at = datetime.now(UTC) + timedelta(seconds=seconds)
    return procrastinate.RetryDecision(retry_at=at)


@contextmanager
def _taking_over(store: Store, pace: Pace, stop: threading.Event) -> Iterator[None]:
    """Gives dead workers' jobs back to the queue, now and then, for as long as it lasts."""

    def watch() -> None:
        while True:
            try:
                with store.transaction() as connection:
                    taken = queue.take_over(connection, pace.stalled)
                if taken:
                    log.warning("%d jobs of workers that died go back to the queue", taken)
            except FindMeError as error:
                log.warning("the queue cannot be watched just now: %s", error)
            if stop.wait(pace.stalled / 3):
                return

    thread = threading.Thread(target=watch, name="take-over", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
