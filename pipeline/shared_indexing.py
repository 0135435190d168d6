"""The steps of a run, which workers share: each may be done twice, or begun by one and ended by another."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pipeline import admission
from pipeline.errors import DatabaseUnavailable, FindMeError
from pipeline.index_queue import CLOSE_RUN, READ_PHOTOS
from pipeline.keeping import EventKeeper, Keeper, complete_keeping, event_keeper
from pipeline.ports import PhotoSource
from pipeline.reading import Outcome, Read, Unread, read_photo
from pipeline.recording import record
from pipeline.runs import IndexRun, RunState
from pipeline.store import Connection, Store, entries, events, photos, queue, runs, spaces
from pipeline.store.entries import Claimed
from pipeline.types import Event, SourceEntry

if TYPE_CHECKING:
    from pipeline.recognizers import Recognizer
    from pipeline.registry import Recognizers

log = logging.getLogger(__name__)

BATCH = 24
"""Photos a job: some ten seconds of work, so that a worker that dies or is stopped holds nothing up."""

MOST_ATTEMPTS = 2
POISONOUS = "FindMe crashed twice while it looked at this photo, so it is left out. Index a copy saved anew."
MOST_LISTINGS = 5
ENDLESS = (
    "The workers ended several times while they looked through the source; their log may say why. Index the "
    "event again to continue."
)
BROKEN = (
    "Something unforeseen went wrong on a worker; its log has details. Index the event again to continue."
)


class HeldElsewhere(FindMeError):
    """Another worker has the same job in hand, because it was delivered twice."""


class GivenBack(FindMeError):
    """The worker was asked to stop in the middle of a job."""


class _RunOver(FindMeError):
    """The run has ended meanwhile: it was cancelled, or its event erased."""


class SharedIndexing:
    """List the source, read some photos, close the run.

    Every step raises DatabaseUnavailable and HeldElsewhere, after which it is to be done again. Any other
    error ends the run, with a sentence for the asker.
    """

    def __init__(
        self,
        store: Store,
        recognizers: Recognizers,
        open_source: Callable[[str], PhotoSource],
        *,
        batch: int = BATCH,
        keeper: Keeper | None = None,
    ) -> None:
        """`open_source` turns a run's `source` into a PhotoSource; `batch` is the number of photos a job.

        `keeper` as PhotoFinder's.
        """
        self._store = store
        self._recognizers = recognizers
        self._open_source = open_source
        self._batch = batch
        self._keeper = keeper

    def list_source(self, run_id: int) -> None:
        """Notes what the source holds, and puts the jobs that read it into the queue."""
        with self._ending_run(run_id), self._locked(f"run {run_id}") as connection:
            run = runs.get(connection, run_id)
            if run is None or run.state is not RunState.WAITING:
                return
            if runs.begin_listing(connection, run_id) > MOST_LISTINGS:
                self.give_up(run_id, ENDLESS)
                return
            source = self._open_source(run.request.source)
            event, recognizer = self._admitted(connection, run, source.uri)
            with connection.transaction():
                _take_time(connection)
                total = entries.add(connection, run_id, _labelled(source.entries()), double=admission.DOUBLE)
                if runs.hold(connection, run_id, alone=True) is not RunState.WAITING:
                    raise _RunOver
                admission.check_total(total, event, source.uri)
                event_id, _ = admission.event_row(connection, run.key, event, source.uri, recognizer)
                entries.skip_known(connection, run_id, event_id)
                runs.begin_reading(connection, run_id, event_id, total)
                self._split(connection, run_id)

    def read_photos(self, run_id: int, first: int, last: int, stop: Callable[[], bool]) -> None:
        """Reads the photos of a range that nobody has read, and writes each with its faces.

        `stop` is asked before each photo; when it says yes, GivenBack is raised.
        """
        with self._ending_run(run_id), self._locked(f"run {run_id} from {first}") as connection:
            run = runs.get(connection, run_id)
            if run is None or run.state is not RunState.READING or run.event_id is None:
                return
            event = events.with_id(connection, run.event_id)
            if event is None:
                return
            source = self._open_source(run.request.source)
            recognizer = self._recognizers.for_space(event.space)
            space_id = spaces.ensure(
                connection, recognizer.space, recognizer.name, recognizer.dimensions, recognizer.weights
            )
            keeper = event_keeper(connection, event.id, source.uri, self._keeper)
            reader = _Reader(connection, run_id, event, space_id, source, recognizer, keeper)
            while (claimed := reader.claim(first, last, stop)) is not None:
                reader.read(claimed)
            if not entries.any_open(connection, run_id):
                _defer_close(connection, run_id)

    def close_run(self, run_id: int) -> None:
        """Removes what the source no longer has, and notes that the event is complete."""
        with self._ending_run(run_id), self._store.transaction() as connection:
            _take_time(connection)
            if runs.hold(connection, run_id, alone=True) is not RunState.READING:
                return
            run = runs.get(connection, run_id)
            if run is None or run.event_id is None or entries.any_open(connection, run_id):
                return
            entries.remove_gone(connection, run_id, run.event_id)
            removed = photos.remove_unshown(connection, run.event_id)
            events.mark_indexed(connection, run.event_id)
            # Before the run ends: afterwards, the next one may be putting photos into the store.
            complete_keeping(connection, run.event_id, run.request.source, self._keeper)
            runs.end(connection, run_id, RunState.DONE, removed=removed)

    def give_up(self, run_id: int, reason: str) -> None:
        """Ends a run that cannot be finished; the reason is a sentence."""
        with self._store.transaction() as connection:
            runs.end(connection, run_id, RunState.FAILED, reason=reason)

    def _admitted(self, connection: Connection, run: IndexRun, uri: str) -> tuple[Event | None, Recognizer]:
        """The event, None when it is new, and the recognizer for it. Raises EventConflict."""
        asked = self._recognizers.canonical(run.request.recognizer)
        event = admission.existing(connection, run.key, uri, asked)
        recognizer = self._recognizers.get(asked if event is None else event.recognizer)
        admission.check_space(event, recognizer)
        return event, recognizer

    def _split(self, connection: Connection, run_id: int) -> None:
        numbers = entries.open_numbers(connection, run_id)
        starts = range(0, len(numbers), self._batch)
        ranges = [(numbers[at], numbers[at : at + self._batch][-1]) for at in starts]
        if ranges:
            queue.defer(
                connection,
                READ_PHOTOS,
                [{"run": run_id, "first": first, "last": last} for first, last in ranges],
            )
        else:
            _defer_close(connection, run_id)

    def _locked(self, what: str) -> AbstractContextManager[Connection]:
        return self._store.locked(f"findme {what}", HeldElsewhere(f"{what} is in other hands"))

    @contextmanager
    def _ending_run(self, run_id: int) -> Iterator[None]:
        """Ends the run on an error that doing the step again would not mend."""
        try:
            yield
        except (DatabaseUnavailable, HeldElsewhere, GivenBack):
            raise
        except _RunOver:
            log.info("run %d has ended meanwhile", run_id)
        except FindMeError as error:
            self.give_up(run_id, str(error))
        except Exception:  # the job's last stop: the asker must be told, and the worker live on
            log.exception("run %d could not be finished", run_id)
            self.give_up(run_id, BROKEN)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads photos of a run one after the other, over a connection that holds the lock on their range."""

    connection: Connection
    run_id: int
    event: Event
    space_id: int
    source: PhotoSource
    recognizer: Recognizer
    keeper: EventKeeper | None

    def claim(self, first: int, last: int, stop: Callable[[], bool]) -> Claimed | None:
        """The next photo. Raises GivenBack, _RunOver."""
        if stop():
            raise GivenBack("the worker was asked to stop")
        with self.connection.transaction():
            if runs.hold(self.connection, self.run_id) is None:
                raise _RunOver
            return entries.claim(self.connection, self.run_id, first, last)

    def read(self, claimed: Claimed) -> None:
        """Reads a photo and writes what came of it, unless it has killed workers."""
        if claimed.attempts > MOST_ATTEMPTS:
            log.error("%s is set aside: it has ended a worker twice", claimed.entry.name)
            self._write(claimed, Unread(claimed.entry, POISONOUS))
            return
        try:
            outcome = read_photo(
                self.source, self.recognizer, _Digests(self), claimed.entry, keeper=self.keeper
            )
        except FindMeError:
            entries.unclaim(self.connection, self.run_id, claimed.number)
            raise
        self._write(claimed, outcome)

    def _write(self, claimed: Claimed, outcome: Outcome) -> None:
        """A photo, its faces, its name, and that it is done, in one transaction."""
        with self.connection.transaction():
            if runs.hold(self.connection, self.run_id) is None:
                raise _RunOver
            if not entries.is_open(self.connection, self.run_id, claimed.number):
                return  # another worker, which had this one for dead, was faster
            recorded = record(self.connection, self.event.id, self.space_id, outcome)
            entries.finish(
                self.connection,
                self.run_id,
                claimed.number,
                recorded,
                faces=len(outcome.faces) if recorded == "added" and isinstance(outcome, Read) else 0,
                reason=outcome.reason if isinstance(outcome, Unread) else None,
            )


@dataclass(frozen=True, slots=True)
class _Digests:
    """The SHA-256 of the event's photos, asked for one at a time: they are too many to keep."""

    reader: _Reader

    def __contains__(self, sha256: object) -> bool:
        return isinstance(sha256, bytes) and (
            photos.with_digest(self.reader.connection, self.reader.event.id, sha256) is not None
        )


def _defer_close(connection: Connection, run_id: int) -> None:
    # Before the photos of other events: this one is complete but for that.
    queue.defer(connection, CLOSE_RUN, [{"run": run_id}], priority=1)


def _labelled(listed: Iterable[SourceEntry]) -> Iterator[tuple[SourceEntry, str | None]]:
    """Each entry with the reason why it cannot be indexed, or None."""
    for entry in listed:
        if admission.storable(entry.name):
            yield entry, None
        else:
            yield replace(entry, name=admission.readable(entry.name)), admission.UNSTORABLE


def _take_time(connection: Connection) -> None:
    """Lifts the limits on time until the transaction ends: a source of many photos is listed slowly."""
    for limit in ("statement_timeout", "idle_in_transaction_session_timeout"):
        connection.execute("SELECT set_config(%s, '0', true)", (limit,))
