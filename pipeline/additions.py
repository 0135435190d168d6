"""Adds photos to an event as they come, and drops them as they go, without looking through its source."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from pipeline.admission import storable
from pipeline.attempts import Attempts
from pipeline.blame import MOST, POISONOUS
from pipeline.errors import FindMeError, UnknownEvent
from pipeline.keeping import EventKeeper, Keeper, complete_keeping, event_keeper
from pipeline.ports import PhotoSource
from pipeline.reading import Outcome, Unread, read_photo
from pipeline.recording import Recorded, record
from pipeline.store import Connection, Store, attempts, events, files, photos, spaces
from pipeline.stored_digests import StoredDigests
from pipeline.types import Event, SourceEntry

if TYPE_CHECKING:
    from pipeline.recognizers import Recognizer
    from pipeline.registry import Recognizers

log = logging.getLogger(__name__)


MOST_FAILURES = 3
"""Photos that do not come just now, after which the others are not tried either."""


class Additions:
    """Adds and drops. Safe to use from several threads at once."""

    def __init__(self, store: Store, recognizers: Recognizers, keeper: Keeper | None) -> None:
        self._store = store
        self._recognizers = recognizers
        self._keeper = keeper
        self._attempts = Attempts(store)

    def add(
        self,
        event: Event,
        source: PhotoSource,
        entries: Sequence[SourceEntry],
        stop: threading.Event | None = None,
    ) -> int:
        """Indexes some of a source's photos into its event; see PhotoFinder.add."""
        added, failures = 0, list[FindMeError]()
        with self._attempts.settled(), self._store.exclusive(event.key) as connection:
            reader = self._reader(connection, event, source)
            begun = attempts.begun(connection, event.id)
            for entry in sorted(entries, key=lambda entry: entry.name in begun):
                if stop is not None and stop.is_set():
                    return added  # nor is the event marked: what is missing must be looked for again
                try:
                    added += reader.wants(entry) and self._read(reader, entry) == "added"
                except FindMeError as error:
                    failures.append(error)
                    if len(failures) >= MOST_FAILURES:
                        break
            if failures:
                raise failures[0]
            if added:
                with connection.transaction():
                    events.mark_grown(connection, event.id)
        return added

    def drop(self, event: Event, folders: Sequence[str]) -> int:
        """Removes the photos under some names from an event; see PhotoFinder.drop."""
        with self._store.exclusive(event.key) as connection:
            _require(connection, event)
            with connection.transaction():
                names = [name for folder in folders for name in files.under(connection, event.id, folder)]
                files.remove(connection, event.id, names)
                begun = attempts.begun(connection, event.id)
                attempts.forget(connection, event.id, [name for name in begun if _is_in(name, folders)])
                removed = photos.remove_unshown(connection, event.id)
                if removed:  # while the rows can still come back: what is not tidied now is tried again
                    complete_keeping(connection, event.id, event.source, self._keeper)
        return removed

    def leave(self) -> None:
        """See PhotoFinder.leave."""
        self._attempts.leave()

    def _reader(self, connection: Connection, event: Event, source: PhotoSource) -> _Reader:
        present = _require(connection, event)
        recognizer = self._recognizers.for_space(present.space)
        space_id = spaces.ensure(
            connection, recognizer.space, recognizer.name, recognizer.dimensions, recognizer.weights
        )
        keeper = event_keeper(connection, event.id, event.source, self._keeper)
        return _Reader(connection, event.id, space_id, source, recognizer, keeper)

    def _read(self, reader: _Reader, entry: SourceEntry) -> Recorded:
        """Reads a photo and writes what came of it, unless it has killed."""
        if files.has_failed(reader.connection, reader.event_id, entry, POISONOUS):
            return reader.write(Unread(entry, POISONOUS))
        with self._attempts.attempt(reader.connection, reader.event_id, entry) as points:
            if points > MOST:
                log.error("%s is set aside: it has ended this process twice", entry.name)
                return reader.write(Unread(entry, POISONOUS))
            arrived = partial(self._attempts.arrived, reader.connection, reader.event_id, entry)
            return reader.write(reader.read(entry, arrived))


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads photos into an event, over the connection that holds the lock on it."""

    connection: Connection
    event_id: int
    space_id: int
    source: PhotoSource
    recognizer: Recognizer
    keeper: EventKeeper | None

    def wants(self, entry: SourceEntry) -> bool:
        """Whether the event does not have that photo."""
        return storable(entry.name) and not files.is_read(self.connection, self.event_id, entry)

    def read(self, entry: SourceEntry, arrived: Callable[[], object]) -> Outcome:
        """Reads a photo; `arrived` as read_photo's. Raises FindMeError where it is to be tried again."""
        known = StoredDigests(self.connection, self.event_id)
        return read_photo(self.source, self.recognizer, known, entry, keeper=self.keeper, arrived=arrived)

    def write(self, outcome: Outcome) -> Recorded:
        """Writes what came of a photo, and that it is no longer in hand, in one transaction."""
        with self.connection.transaction():
            attempts.forget(self.connection, self.event_id, [outcome.entry.name])
            return record(self.connection, self.event_id, self.space_id, outcome)


def _is_in(name: str, folders: Sequence[str]) -> bool:
    return any(name.startswith(f"{folder}/") for folder in folders)


def _require(connection: Connection, event: Event) -> Event:
    present = events.with_id(connection, event.id)
    if present is None:
        raise UnknownEvent(f"Event {event.key.slug} has been erased.")
    return present
