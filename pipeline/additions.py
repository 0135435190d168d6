"""Adds photos to an event as they come, and drops them as they go, without looking through its source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.admission import storable
from pipeline.errors import UnknownEvent
from pipeline.keeping import Keeper, complete_keeping, event_keeper
from pipeline.ports import PhotoSource
from pipeline.reading import read_photo
from pipeline.recording import record
from pipeline.store import Connection, Store, events, files, photos, spaces
from pipeline.types import Event, SourceEntry

if TYPE_CHECKING:
    from pipeline.registry import Recognizers


def add(
    store: Store,
    recognizers: Recognizers,
    keeper: Keeper | None,
    event: Event,
    source: PhotoSource,
    entries: Sequence[SourceEntry],
) -> int:
    """Indexes some of a source's photos into its event; see PhotoFinder.add."""
    added = 0
    with store.exclusive(event.key) as connection:
        present = _require(connection, event)
        recognizer = recognizers.for_space(present.space)
        space_id = spaces.ensure(
            connection, recognizer.space, recognizer.name, recognizer.dimensions, recognizer.weights
        )
        kept = event_keeper(connection, event.id, event.source, keeper)
        for entry in entries:
            if not storable(entry.name) or files.is_read(connection, event.id, entry):
                continue
            outcome = read_photo(source, recognizer, _Digests(connection, event.id), entry, keeper=kept)
            with connection.transaction():
                added += record(connection, event.id, space_id, outcome) == "added"
        if added:
            with connection.transaction():
                events.mark_grown(connection, event.id)
    return added


def drop(store: Store, keeper: Keeper | None, event: Event, folders: Sequence[str]) -> int:
    """Removes the photos under some names from an event; see PhotoFinder.drop."""
    with store.exclusive(event.key) as connection:
        _require(connection, event)
        with connection.transaction():
            names = [name for folder in folders for name in files.under(connection, event.id, folder)]
            files.remove(connection, event.id, names)
            removed = photos.remove_unshown(connection, event.id)
            if removed:  # while the rows can still come back: what is not tidied now is tried again
                complete_keeping(connection, event.id, event.source, keeper)
    return removed


def _require(connection: Connection, event: Event) -> Event:
    present = events.with_id(connection, event.id)
    if present is None:
        raise UnknownEvent(f"Event {event.key.slug} has been erased.")
    return present


@dataclass(frozen=True, slots=True)
class _Digests:
    """The SHA-256 of the event's photos, asked for one at a time."""

    connection: Connection
    event_id: int

    def __contains__(self, sha256: object) -> bool:
        return (
            isinstance(sha256, bytes)
            and photos.with_digest(self.connection, self.event_id, sha256) is not None
        )
