"""Moves an event to another embedding space: all its faces are found and embedded anew."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipeline.errors import Interrupted, PhotosMissing, UnknownEvent
from pipeline.keeping import EventKeeper, Keeper, event_keeper
from pipeline.patience import BRIEF, Patience
from pipeline.ports import PhotoSource
from pipeline.reading import Outcome, Read, Unread, read_all
from pipeline.rereading import CHANGED, Places, Rereading
from pipeline.store import Connection, Store, events, moves, photos, spaces
from pipeline.store.moves import Unmoved
from pipeline.types import Event, Failure, IndexReport, Progress, SourceEntry

if TYPE_CHECKING:
    from pipeline.recognizers import Recognizer
    from pipeline.registry import Recognizers

log = logging.getLogger(__name__)

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
        if options.recognizer is None:
            recognizer = recognizers.that_embedded(present.recognizer)
        else:
            recognizer = recognizers.get(options.recognizer)
        space_id = spaces.ensure(
            connection, recognizer.space, recognizer.name, recognizer.dimensions, recognizer.weights
        )
        moves.begin(connection, event.id, space_id)
        kept = event_keeper(connection, event.id, present.source, options.keeper)
        source = open_source(present.source)
        move = _Move(connection, present, space_id, source, kept, recognizer, options)
        whole = move.through()
        held_up = bool(move.unread) and not (options.leave_out and move.moved)
        if whole and not held_up:
            move.switch()
        report = move.report(time.monotonic() - started)
    if not whole:
        raise Interrupted(
            f"Stopped after {move.done} of {move.total} photos. Event {event.key.slug} is searched by "
            f"{present.space} as before; run `findme reindex` again to continue.",
            report,
        )
    if held_up:
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
        return self.moved + len(self.unread)

    @property
    def moved(self) -> int:
        """Photos that are in the other space."""
        return self.skipped + self.added

    def through(self) -> bool:
        """Embeds what is not moved yet; False when it was stopped before the end."""
        waiting = {photo.entries[0]: photo for photo in moves.unmoved(self.connection, self.event.id)}
        self.skipped = moves.count(self.connection, self.event.id)
        self.total = self.skipped + len(waiting)
        workers = self.options.workers or os.cpu_count() or 1
        stop = self.options.stop or threading.Event()
        reread = Rereading(
            Places(self.source, self.kept),
            self.recognizer,
            waiting,
            patience=self.options.patience,
            stop=stop,
            leave_out=self.options.leave_out,
        )
        with closing(read_all(list(waiting), reread, workers=workers, stop=stop)) as outcomes:
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
            log.info("%s: %s", outcome.entry.name, reason)
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


def _missing(event: Event, recognizer: Recognizer, move: _Move) -> str:
    names = sorted(failure.photo for failure in move.unread.values())
    shown = ", ".join(names[:MOST_NAMES])
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    count = f"{len(names)} of {move.total}" if move.moved else f"None of the {move.total}"
    verb = "cannot" if move.moved else "can"
    without = "; or add --leave-out to go on without them" if move.moved else ""
    so = f"still searched by {event.space}, not by {recognizer.space}"
    if event.space == recognizer.space:
        so = "searched as it was before"
    return (
        f"{count} photos of event {event.key.slug} {verb} be read any more: {shown}{more}. So it is {so}. "
        f"Bring them back to {event.source} and run it again, which continues{without}."
    )
