"""The steps of a run, which workers share: each may be done twice, or begun by one and ended by another."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from pipeline import admission
from pipeline.amends import Amends
from pipeline.bringing import bring
from pipeline.errors import (
    DatabaseUnavailable,
    FindMeError,
    NotThere,
    PhotoStoreUnavailable,
    SourceAway,
    Unfit,
    ValueRefused,
)
from pipeline.index_queue import CLOSE_RUN, READ_PHOTOS
from pipeline.keeping import Keeper, complete_keeping, event_keeper
from pipeline.patience import Patience
from pipeline.ports import PhotoSource
from pipeline.range_reader import GivenBack, RangeReader, RunOver
from pipeline.runs import IndexRun, RunState
from pipeline.store import Connection, Store, entries, events, photos, queue, runs, spaces, troubles
from pipeline.types import Event, SourceEntry
from pipeline.waiting import Postponed, Waiting

if TYPE_CHECKING:
    from pipeline.recognizers import Recognizer
    from pipeline.registry import Recognizers

log = logging.getLogger(__name__)

BATCH = 24
"""Photos a job: some ten seconds of work, so that a worker that dies or is stopped holds nothing up."""

LOOK_EVERY = 200
"""Photos that a listing finds between two looks whether it is still wanted."""

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


def never() -> bool:
    """A worker that goes on."""
    return False


class SharedIndexing:
    """List the source, read some photos, close the run.

    Every step raises DatabaseUnavailable, HeldElsewhere, GivenBack and Postponed, after which it is to be
    done again. Any other error ends the run, with a sentence for the asker; so does trouble that lasts, as
    with a source that does not answer.
    """

    def __init__(
        self,
        store: Store,
        recognizers: Recognizers,
        open_source: Callable[[str], PhotoSource],
        *,
        batch: int = BATCH,
        keeper: Keeper | None = None,
        patience: Patience | None = None,
    ) -> None:
        """`open_source` turns a run's `source` into a PhotoSource; `batch` is the number of photos a job.

        `keeper` as PhotoFinder's.
        """
        self._store = store
        self._recognizers = recognizers
        self._open_source = open_source
        self._batch = batch
        self._keeper = keeper
        self._patience = patience or Patience()
        self._amends = Amends()
        self._waiting = Waiting(store, self._patience)

    def list_source(self, run_id: int, stop: Callable[[], bool] = never) -> None:
        """Notes what the source holds, and puts the jobs that read it into the queue.

        `stop` is asked now and then; when it says yes, GivenBack is raised. Only a listing that ended its
        process counts as one of MOST_LISTINGS.
        """
        with self._ending_run(run_id), self._locked(f"run {run_id}") as connection:
            self._amends.catch_up(connection)
            run = runs.get(connection, run_id)
            if run is None or run.state is not RunState.WAITING:
                return
            self._waiting.begin(connection, run_id)
            if runs.begin_listing(connection, run_id) > MOST_LISTINGS:
                self.give_up(run_id, ENDLESS)
                return
            try:
                self._list(connection, run, stop)
            except Exception:
                self._amends.make(connection, partial(runs.take_back_listing, run_id=run_id))
                raise

    def _list(self, connection: Connection, run: IndexRun, stop: Callable[[], bool]) -> None:
        source = self._open_source(run.request.source)
        event, recognizer = self._admitted(connection, run, source.uri)
        bring(source, partial(self._note_fetching, run.id, stop))
        listed = _labelled(self._wanted(run.id, source.entries(), stop))
        with connection.transaction():
            _take_time(connection)
            try:
                total = entries.add(connection, run.id, listed, double=admission.DOUBLE)
            except NotThere as error:
                if event is None:
                    raise
                raise SourceAway(str(error)) from error  # it was there when the event was indexed
            if runs.hold(connection, run.id, alone=True) is not RunState.WAITING:
                raise RunOver
            admission.check_total(total, event, source.uri)
            event_id, _ = admission.event_row(connection, run.key, event, source.uri, recognizer)
            entries.skip_known(connection, run.id, event_id)
            runs.begin_reading(connection, run.id, event_id, total)
            troubles.clear(connection, run.id)
            self._split(connection, run.id)

    def _note_fetching(self, run_id: int, stop: Callable[[], bool], come: int, size: int) -> None:
        """Raises GivenBack and RunOver where the archive is not to be fetched any further."""
        self._check_wanted(run_id, stop)
        if not size:  # another process fetches it
            return
        try:
            with self._store.transaction() as other:
                runs.note_fetching(other, run_id, come, size)
        except DatabaseUnavailable as error:
            log.warning("how far the archive of run %d is cannot be noted: %s", run_id, error)

    def _check_wanted(self, run_id: int, stop: Callable[[], bool]) -> None:
        """Raises GivenBack and RunOver; says nothing while the database is away."""
        if stop():
            raise GivenBack("the worker was asked to stop")
        with suppress(DatabaseUnavailable), self._store.transaction() as other:
            if runs.hold(other, run_id) is None:
                raise RunOver

    def _wanted(
        self, run_id: int, listed: Iterable[SourceEntry], stop: Callable[[], bool]
    ) -> Iterator[SourceEntry]:
        """The same, for as long as somebody wants it. Raises GivenBack, RunOver."""
        for number, entry in enumerate(listed):
            if number % LOOK_EVERY == 0:
                if stop():
                    raise GivenBack("the worker was asked to stop")
                with self._store.transaction() as other:
                    if runs.hold(other, run_id) is None:
                        raise RunOver
            yield entry

    def read_photos(self, run_id: int, first: int, last: int, stop: Callable[[], bool]) -> None:
        """Reads the photos of a range that nobody has read, and writes each with its faces.

        `stop` is asked before each photo; when it says yes, GivenBack is raised.
        """
        with self._ending_run(run_id), self._locked(f"run {run_id} from {first}") as connection:
            self._amends.catch_up(connection)
            run = runs.get(connection, run_id)
            if run is None or run.state is not RunState.READING or run.event_id is None:
                return
            event = events.with_id(connection, run.event_id)
            if event is None:
                return
            self._waiting.begin(connection, run_id)
            source = self._open_source(run.request.source)
            if entries.any_open(connection, run_id, first, last):
                bring(source, lambda _come, _size: self._check_wanted(run_id, stop))
            recognizer = self._recognizers.for_space(event.space)
            space_id = spaces.ensure(
                connection, recognizer.space, recognizer.name, recognizer.dimensions, recognizer.weights
            )
            keeper = event_keeper(connection, event.id, source.uri, self._keeper)
            reader = RangeReader(
                *(connection, run_id, event, space_id, source, recognizer, keeper),
                *(self._patience, self._amends),
            )
            try:
                while (claimed := reader.claim(first, last, stop)) is not None:
                    reader.read(claimed)
            finally:
                if reader.went_well:
                    self._waiting.went_well(run_id)
            if not entries.any_open(connection, run_id):
                _defer_close(connection, run_id)

    def close_run(self, run_id: int) -> None:
        """Removes what the source no longer has, and notes that the event is complete."""
        with self._ending_run(run_id):
            with self._store.transaction() as connection:  # what fails later must not take it back
                troubles.begin(connection, run_id)
            self._close(run_id)

    def _close(self, run_id: int) -> None:
        with self._store.transaction() as connection:
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
        if event is None:
            recognizer = self._recognizers.get(asked)
        else:
            recognizer = self._recognizers.that_embedded(event.recognizer)
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
        """Ends the run on an error that doing the step again would not mend, or has not mended for long."""
        try:
            yield
        except ValueRefused as error:
            self.give_up(run_id, str(error))
        except (DatabaseUnavailable, HeldElsewhere, GivenBack, Postponed):
            raise
        except RunOver:
            log.info("run %d has ended meanwhile", run_id)
        except (SourceAway, PhotoStoreUnavailable, Unfit) as error:
            reason = self._waiting.postpone(run_id, error)
            if reason is not None:
                self.give_up(run_id, reason)
        except FindMeError as error:
            self.give_up(run_id, str(error))
        except Exception:  # the job's last stop: the asker must be told, and the worker live on
            log.exception("run %d could not be finished", run_id)
            self.give_up(run_id, BROKEN)


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
