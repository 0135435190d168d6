"""Brings an event up to date with its source."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from pipeline.admission import (
    DOUBLE,
    UNSTORABLE,
    check_name,
    check_space,
    check_total,
    event_row,
    existing,
    readable,
    storable,
)
from pipeline.bringing import bring
from pipeline.errors import Interrupted
from pipeline.keeping import EventKeeper, Keeper, complete_keeping, event_keeper
from pipeline.patience import BRIEF, Patience
from pipeline.patient_reading import PatientReading
from pipeline.ports import PhotoSource
from pipeline.reading import Outcome, Read, Unread, read_all, read_photo
from pipeline.recording import record
from pipeline.store import Connection, Store, events, files, photos
from pipeline.types import Event, EventKey, Failure, IndexReport, Progress, SourceEntry

if TYPE_CHECKING:
    from pipeline.recognizers import Recognizer
    from pipeline.registry import Recognizers


@dataclass(frozen=True, slots=True)
class Options:
    """How to index."""

    recognizer: str | None = None  # None = the event's own; for a new event the default one
    progress: Callable[[Progress], None] | None = None  # called from the calling thread, once a photo
    stop: threading.Event | None = None  # set it to end early
    workers: int | None = None  # threads that read photos; None = one a processor
    keeper: Keeper | None = None  # keeps previews and photos; None = nothing is kept
    patience: Patience = BRIEF  # with a source that does not answer


def index(
    store: Store, recognizers: Recognizers, source: PhotoSource, key: EventKey, options: Options
) -> IndexReport:
    """Indexes a source into an event; see PhotoFinder.index.

    Every photo is written with its faces as soon as they are known, so that a run that is killed loses
    only what was under way, and the next one continues.
    """
    started = time.monotonic()
    check_name(key.slug)
    with store.exclusive(key) as connection:
        asked = recognizers.canonical(options.recognizer)
        event = existing(connection, key, source.uri, asked)
        recognizer = recognizers.get(asked) if event is None else recognizers.that_embedded(event.recognizer)
        check_space(event, recognizer)
        _bring(source, key, event, options)
        entries = list(source.entries())
        check_total(len(entries), event, source.uri)
        event_id, space_id = event_row(connection, key, event, source.uri, recognizer)
        keeper = event_keeper(connection, event_id, source.uri, options.keeper)
        run = _Run(connection, event_id, space_id, source, recognizer, options, keeper)
        run.through(entries)
        complete = run.done == len(entries)
        if complete:
            run.tidy(entries)
            complete_keeping(connection, event_id, source.uri, options.keeper)
        slug = key.slug if event is None else event.key.slug  # its own spelling, not what was typed
        report = run.report(slug, time.monotonic() - started)
    if not complete:
        raise Interrupted(
            f"Stopped after {run.done} of {len(entries)} photos. What is indexed is kept; index the event "
            "again to continue.",
            report,
        )
    return report


def _bring(source: PhotoSource, key: EventKey, event: Event | None, options: Options) -> None:
    """Fetches what is not read in place. Raises Interrupted, SourceUnreachable."""
    held = (0, 0) if event is None else (event.photos, event.faces)

    def note(come: int, size: int) -> None:
        if options.stop is not None and options.stop.is_set():
            raise Interrupted(
                "Stopped while the archive was fetched. Index the event again to continue.",
                IndexReport(key.slug, *held, added=0, skipped=0, removed=0, failed=(), seconds=0.0),
            )
        if options.progress is not None:
            options.progress(Progress(0, 0, 0, 0, fetching=(come, size)))

    bring(source, note)


@dataclass(slots=True)
class _Run:
    """One run through a source."""

    connection: Connection
    event_id: int
    space_id: int
    source: PhotoSource
    recognizer: Recognizer
    options: Options
    keeper: EventKeeper | None = None
    done: int = 0
    added: int = 0
    skipped: int = 0
    removed: int = 0
    found: int = 0  # faces
    total: int = 0
    failed: list[Failure] = field(default_factory=list)
    digests: set[bytes] = field(default_factory=set)  # SHA-256 of the event's photos

    def through(self, entries: Sequence[SourceEntry]) -> None:
        """Reads and writes what is new or has changed."""
        self.total = len(entries)
        known = files.known(self.connection, self.event_id)
        self.digests = photos.digests(self.connection, self.event_id)
        new = []
        seen: set[str] = set()
        for entry in entries:
            file = known.get(entry.name)
            if entry.name in seen:
                self.failed.append(Failure(entry.name, DOUBLE))
                self._tell(entry)
            elif not storable(entry.name):
                self.failed.append(Failure(readable(entry.name), UNSTORABLE))
                self._tell(entry)
            elif file is not None and file.photo_id is not None and file.fingerprint == entry.fingerprint:
                self.skipped += 1
                self._tell(entry)
            else:
                new.append(entry)
            seen.add(entry.name)
        read = partial(read_photo, self.source, self.recognizer, self.digests, keeper=self.keeper)
        workers = self.options.workers or os.cpu_count() or 1
        stop = self.options.stop or threading.Event()
        patient = PatientReading(self.source, read, self.options.patience, stop)
        with closing(read_all(new, patient, workers=workers, stop=stop)) as outcomes:
            for outcome in outcomes:
                self._write(outcome)
                self._tell(outcome.entry)

    def tidy(self, entries: Sequence[SourceEntry]) -> None:
        """Removes what the source no longer has, and notes that the event is complete."""
        with self.connection.transaction():
            gone = files.known(self.connection, self.event_id).keys() - {entry.name for entry in entries}
            files.remove(self.connection, self.event_id, sorted(gone))
            self.removed = photos.remove_unshown(self.connection, self.event_id)
            events.mark_indexed(self.connection, self.event_id)

    def report(self, slug: str, seconds: float) -> IndexReport:
        """What came of it."""
        held_photos, held_faces = photos.count(self.connection, self.event_id)
        return IndexReport(
            event=slug,
            photos=held_photos,
            faces=held_faces,
            added=self.added,
            skipped=self.skipped,
            removed=self.removed,
            failed=tuple(sorted(self.failed, key=lambda failure: failure.photo)),
            seconds=seconds,
        )

    def _write(self, outcome: Outcome) -> None:
        """One photo, its faces and its name, in one transaction."""
        with self.connection.transaction():
            recorded = record(self.connection, self.event_id, self.space_id, outcome)
        if isinstance(outcome, Unread):
            self.failed.append(Failure(outcome.entry.name, outcome.reason))
            return
        self.digests.add(outcome.sha256)
        if recorded == "added" and isinstance(outcome, Read):
            self.added += 1
            self.found += len(outcome.faces)
        else:
            self.skipped += 1

    def _tell(self, entry: SourceEntry) -> None:
        self.done += 1
        if self.options.progress is not None:
            self.options.progress(Progress(self.done, self.total, self.found, len(self.failed), entry.name))
