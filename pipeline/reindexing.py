"""Moves an event to another embedding space: all its faces are found and embedded anew."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from pipeline.errors import Interrupted, PhotosMissing, UnknownEvent
from pipeline.keeping import EventKeeper, Keeper, event_keeper
from pipeline.patience import BRIEF, Patience
from pipeline.patient_reading import PatientReading
from pipeline.ports import PhotoSource
from pipeline.reading import Outcome, Read, Unread, read_all, read_photo
from pipeline.store import Connection, Store, events, moves, photos, spaces
from pipeline.store.moves import Unmoved
from pipeline.types import Event, Failure, IndexReport, Progress, SourceEntry

if TYPE_CHECKING:
    from pipeline.recognizers import Recognizer
    from pipeline.registry import Recognizers

log = logging.getLogger(__name__)

CHANGED = "It has changed since the event was indexed."
MOST_NAMES = 5  # photos that a sentence lists


@dataclass(frozen=True, slots=True)
class Options:
    """How to move."""

    recognizer: str | None = None  # None = the event's own, in the version that this FindMe has
    leave_out: bool = False  # go on without the photos that cannot be read any more
    progress: Callable[[Progress], None] | None = None  # called from the calling thread, once a photo
    stop: threading.Event | None = None  # set it to end early
    workers: int | None = None  # threads that read photos; None = one a processor
    keeper: Keeper | None = None  # has the photos of sources that may have vanished
    patience: Patience = BRIEF  # with a source that does not answer


def reindex(
    store: Store,
    recognizers: Recognizers,
    open_source: Callable[[str], PhotoSource],
    event: Event,
    options: Options,
) -> IndexReport:
    """Moves an event; see PhotoFinder.reindex.

    The new faces are written beside the ones that searches look at, a photo at a time, so that a run that is
    killed loses only what was under way. One transaction then puts them in their place.
    """
    started = time.monotonic()
    with store.exclusive(event.key) as connection:
        present = events.with_id(connection, event.id)
        if present is None:
            raise UnknownEvent(f"Event {event.key.slug} has been erased since.")
        recognizer = recognizers.get(options.recognizer or present.recognizer)
        space_id = spaces.ensure(
            connection, recognizer.space, recognizer.name, recognizer.dimensions, recognizer.weights
        )
        moves.begin(connection, event.id, space_id)
        kept = event_keeper(connection, event.id, present.source, options.keeper)
        source = open_source(present.source)
        move = _Move(connection, present, space_id, source, kept, recognizer, options)
        whole = move.through()
        if whole and (options.leave_out or not move.unread):
            move.switch()
        report = move.report(time.monotonic() - started)
    if not whole:
        raise Interrupted(
            f"Stopped after {move.done} of {move.total} photos. Event {event.key.slug} is searched by "
            f"{present.space} as before; run `findme reindex` again to continue.",
            report,
        )
    if move.unread and not options.leave_out:
        raise PhotosMissing(_missing(present, recognizer, move))
    return report


@dataclass(slots=True)
class _Move:
    """One run through an event's photos."""

    connection: Connection
    event: Event
    space_id: int
    source: PhotoSource
    kept: EventKeeper | None
    recognizer: Recognizer
    options: Options
    skipped: int = 0  # moved by an earlier run
    added: int = 0
    found: int = 0  # faces
    total: int = 0
    unread: dict[int, Failure] = field(default_factory=dict)  # by photo

    @property
    def done(self) -> int:
        """Photos looked at, those of an earlier run included."""
        return self.skipped + self.added + len(self.unread)

    def through(self) -> bool:
        """Embeds what is not moved yet; False when it was stopped before the end."""
        waiting = {photo.entries[0]: photo for photo in moves.unmoved(self.connection, self.event.id)}
        self.skipped = moves.count(self.connection, self.event.id)
        self.total = self.skipped + len(waiting)
        read = partial(_read, self.source, self.kept, self.recognizer, waiting)
        workers = self.options.workers or os.cpu_count() or 1
        stop = self.options.stop or threading.Event()
        patient = PatientReading(self.source, read, self.options.patience, stop)
        with closing(read_all(list(waiting), patient, workers=workers, stop=stop)) as outcomes:
            for outcome in outcomes:
                self._write(waiting[outcome.entry], outcome)
                self._tell(outcome.entry)
        return self.done == self.total

    def switch(self) -> None:
        """Makes the new faces those that searches look at."""
        with self.connection.transaction():
            for photo_id, failure in self.unread.items():
                moves.leave_out(self.connection, photo_id, failure.reason)
            photos.remove_unshown(self.connection, self.event.id)
            moves.switch(self.connection, self.event.id, self.space_id)

    def report(self, seconds: float) -> IndexReport:
        """What came of it."""
        held_photos, held_faces = photos.count(self.connection, self.event.id)
        failed = sorted(self.unread.values(), key=lambda failure: failure.photo)
        return IndexReport(
            self.event.key.slug, held_photos, held_faces, self.added, self.skipped, 0, tuple(failed), seconds
        )

    def _write(self, photo: Unmoved, outcome: Outcome) -> None:
        if not isinstance(outcome, Read):
            reason = outcome.reason if isinstance(outcome, Unread) else CHANGED
            log.warning("%s: %s", outcome.entry.name, reason)
            self.unread[photo.photo_id] = Failure(outcome.entry.name, reason)
            return
        with self.connection.transaction():
            moves.put(
                self.connection,
                self.event.id,
                self.space_id,
                photo.photo_id,
                outcome.faces,
                outcome.dhash,
            )
        self.added += 1
        self.found += len(outcome.faces)

    def _tell(self, entry: SourceEntry) -> None:
        if self.options.progress is not None:
            self.options.progress(Progress(self.done, self.total, self.found, len(self.unread), entry.name))


@dataclass(frozen=True, slots=True)
class _KeptFirst:
    """A source of one photo, which may be kept elsewhere."""

    source: PhotoSource
    kept: bytes | None

    @property
    def uri(self) -> str:
        """As PhotoSource.uri."""
        return self.source.uri

    def entries(self) -> Iterator[SourceEntry]:
        """As PhotoSource.entries."""
        return self.source.entries()

    def read(self, name: str) -> bytes:
        """As PhotoSource.read."""
        return self.source.read(name) if self.kept is None else self.kept


def _read(
    source: PhotoSource,
    kept: EventKeeper | None,
    recognizer: Recognizer,
    waiting: dict[SourceEntry, Unmoved],
    entry: SourceEntry,
) -> Outcome:
    """A photo as it is kept, or by the first of its names that still shows the same bytes."""
    outcome: Outcome = Unread(entry, CHANGED)
    photo = waiting[entry]
    in_hand = _KeptFirst(source, None if kept is None else kept.photo(photo.sha256))
    for name in photo.entries:
        read = read_photo(in_hand, recognizer, (), name)
        if isinstance(read, Read) and read.sha256 == photo.sha256:
            return Read(entry, read.sha256, read.width, read.height, read.taken_at, read.faces, read.dhash)
        if isinstance(read, Unread):
            outcome = Unread(entry, read.reason)
    return outcome


def _missing(event: Event, recognizer: Recognizer, move: _Move) -> str:
    names = sorted(failure.photo for failure in move.unread.values())
    shown = ", ".join(names[:MOST_NAMES])
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return (
        f"{len(names)} of {move.total} photos of event {event.key.slug} cannot be read any more: "
        f"{shown}{more}. So it is still searched by {event.space}, not by {recognizer.space}. Bring them "
        f"back to {event.source} and run it again, which continues; or add --leave-out to go on without them."
    )
