"""Tells those who asked for runs of the queue how far they are, and how they ended."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from bot import words
from bot.background import outcome
from bot.indexer import IndexListener, leave_all
from bot.runs import Running
from bot.watch import Watch
from pipeline.errors import FindMeError
from pipeline.index_queue import IndexQueue
from pipeline.runs import IndexRun, RunState
from pipeline.types import EventKey

log = logging.getLogger(__name__)

EVERY_SECONDS = 1.0  # between looks at the runs

Listen = Callable[[EventKey, dict[str, Any]], IndexListener]


@dataclass(slots=True)
class _Followed:
    """A run that this process tells of."""

    listener: IndexListener
    kept: dict[str, Any] | None  # where it reports to, as the database has it
    over: bool = False  # the listener knows how it ended


class Reporter:
    """Follows the runs that are not reported, on a thread of its own; of several bots, one follows each.

    A run that nobody follows is claimed on the second look, so that its own bot comes first.
    """

    def __init__(self, queue: IndexQueue) -> None:
        self._queue = queue
        self._claims = queue.claims()
        self._watch = Watch(lambda: queue.state().workers)
        self._followed: dict[int, _Followed] = {}
        self._new: dict[int, IndexListener] = {}
        self._unreported: set[int] = set()  # at the last look
        self._listen: Listen | None = None
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._closing = False
        self._thread = threading.Thread(target=self._follow, name="following-runs", daemon=True)
        self._thread.start()

    def follow(self, submit: Callable[[], int | None], listener: IndexListener) -> int | None:
        """Follows the run whose number `submit` gives, if any. Raises what it raises."""
        with self._lock:  # until it is known whose it is, it is not taken for a stranger's
            run_id = submit()
            if run_id is not None:
                self._new[run_id] = listener
        self._wake.set()
        return run_id

    def adopt(self, listen: Listen) -> None:
        """Follows the runs of other processes, too, once those no longer do; `listen` makes listeners."""
        self._listen = listen
        self._wake.set()

    def running(self, run: IndexRun) -> Running:
        """What there is to tell of a run that has not ended."""
        return self._watch.running(run)

    def close(self) -> None:
        """Stops following; the runs go on, and the next bot follows them."""
        self._closing = True
        self._wake.set()
        self._thread.join()
        leave_all([one.listener for one in self._followed.values()])
        for run_id, one in self._followed.items():
            outcome(partial(self._note, run_id, one))
        self._claims.close()

    def _follow(self) -> None:
        while not self._closing:
            try:
                self._look()
            except FindMeError as error:
                log.warning("runs cannot be followed just now: %s", error)
            except Exception:  # people must be told of the next ones
                log.exception("runs cannot be followed just now")
            self._wake.wait(EVERY_SECONDS)
            self._wake.clear()

    def _look(self) -> None:
        """Looks once at all runs, and tells of those that are this process's."""
        with self._lock:
            new = dict(self._new)
            strangers = self._unreported if self._listen else set[int]()
        ours = self._claims.hold(strangers | self._followed.keys() | new.keys())
        # Asked after they are claimed: what another process has reported meanwhile is none of them any more.
        runs = {run.id: run for run in self._queue.unreported()}
        self._unreported = set(runs)
        for run_id in (self._followed.keys() | new.keys()) - runs.keys():
            if (run := self._queue.run(run_id)) is not None:
                runs[run_id] = run
        self._leave_to_others(ours, runs)
        for run_id in ours - self._followed.keys():
            self._welcome(run_id, runs.get(run_id), new.get(run_id))
        with self._lock:
            for run_id in new:  # one that another process was quicker with is a stranger from now on
                del self._new[run_id]
        try:
            self._watch.note(list(runs.values()))
        finally:
            for run_id in list(self._followed):
                self._tell_of(run_id, runs.get(run_id))

    def _leave_to_others(self, ours: set[int], runs: dict[int, IndexRun]) -> None:
        """Stops following what another process tells of, or has told of while the database was away."""
        for run_id, one in list(self._followed.items()):
            run = runs.get(run_id)
            reported = run is not None and run.request.report is None and one.kept is not None
            if reported or run_id not in ours:
                log.warning("another process tells of run %d now", run_id)
                del self._followed[run_id]
                one.listener.leave()

    def _welcome(self, run_id: int, run: IndexRun | None, listener: IndexListener | None) -> None:
        """Begins to follow a run; None = it is erased. A stranger's may have been reported meanwhile."""
        address = None if run is None else run.request.report
        if listener is None:
            if run is None or address is None or self._listen is None:
                return
            listener = self._listen(run.key, dict(address))
        self._followed[run_id] = _Followed(listener, None if address is None else dict(address))
        outcome(listener.start)

    def _tell_of(self, run_id: int, run: IndexRun | None) -> None:
        one = self._followed[run_id]
        try:
            if run is not None and not run.state.ended:
                one.listener.progress(self._watch.running(run))
            elif not one.over:
                self._tell_end(one, run)
            if self._note(run_id, one):
                del self._followed[run_id]
        except FindMeError as error:
            log.warning("run %d cannot be followed just now: %s", run_id, error)
        except Exception:  # the other runs' messages, and this one's next, must live on
            log.exception("run %d cannot be followed just now", run_id)

    def _tell_end(self, one: _Followed, run: IndexRun | None) -> None:
        if run is None or run.state is not RunState.DONE:
            sentence = why(run)
        else:
            report = self._queue.report(run)
            sentence = outcome(lambda: one.listener.finish(report))
        one.over = True
        if sentence:
            outcome(lambda: one.listener.fail(sentence))

    def _note(self, run_id: int, one: _Followed) -> bool:
        """Keeps what the next process has to know; whether that is nothing any more."""
        if one.over and one.listener.told:
            self._queue.mark_reported(run_id)
            return True
        address = one.listener.address()
        if address is not None and address != one.kept:
            self._queue.keep_report(run_id, address)
            one.kept = address
        return False


def why(run: IndexRun | None) -> str:
    """Why a run ended early, a sentence in Slack's markup; None = it has been erased."""
    if run is None:
        return words.INDEX_DELETED
    return words.INDEX_CANCELLED if run.reason is None else words.public(run.reason)
