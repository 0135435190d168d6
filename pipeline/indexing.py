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

from pipeline.errors import EventConflict, Interrupted, InvalidEventName, NoPhotos
from pipeline.ports import PhotoSource
from pipeline.reading import Known, Outcome, Read, Unread, read_all, read_photo
from pipeline.store import Connection, Store, events, faces, files, photos, spaces
from pipeline.types import Event, EventKey, Failure, IndexReport, Progress, SourceEntry

if TYPE_CHECKING:
    from pipeline.recognizers import Recognizer
    from pipeline.registry import Recognizers

_LONGEST_NAME = 100
# In bytes; an entry of PostgreSQL's index holds 2704.
_LONGEST_PHOTO_NAME = 2000


@dataclass(frozen=True, slots=True)
class Options:
    """How to index."""

    recognizer: str | None = None  # None = the event's own; for a new event the default one
    progress: Callable[[Progress], None] | None = None  # called from the calling thread, once a photo
    stop: threading.Event | None = None  # set it to end early
    workers: int | None = None  # threads that read photos; None = one a processor


def index(
    store: Store, recognizers: Recognizers, source: PhotoSource, key: EventKey, options: Options
) -> IndexReport:
    """Indexes a source into an event; see PhotoFinder.index.

    Every photo is written with its faces as soon as they are known, so that a run that is killed loses
    only what was under way, and the next one continues.
    """
    started = time.monotonic()
    _check_name(key.slug)
    with store.exclusive(key) as connection:
        event = _existing(connection, key, source.uri, options.recognizer)
        recognizer = recognizers.get(options.recognizer if event is None else event.recognizer)
        _check_space(event, recognizer)
        entries = list(source.entries())
        _check_entries(entries, event, source.uri)
        event_id, space_id = _event_row(connection, key, event, source.uri, recognizer)
        run = _Run(connection, event_id, space_id, source, recognizer, options)
        run.through(entries)
        complete = run.done == len(entries)
        if complete:
            run.tidy(entries)
        report = run.report(key.slug, time.monotonic() - started)
    if not complete:
        raise Interrupted(
            f"Stopped after {run.done} of {len(entries)} photos. What is indexed is kept; index the event "
            "again to continue.",
            report,
        )
    return report


@dataclass(slots=True)
class _Run:
    """One run through a source."""

    connection: Connection
    event_id: int
    space_id: int
    source: PhotoSource
    recognizer: Recognizer
    options: Options
    done: int = 0
    added: int = 0
    skipped: int = 0
    removed: int = 0
    found: int = 0  # faces
    total: int = 0
    failed: list[Failure] = field(default_factory=list)
    digests: dict[bytes, int] = field(default_factory=dict)  # the event's photos: SHA-256 to row

    def through(self, entries: Sequence[SourceEntry]) -> None:
        """Reads and writes what is new or has changed."""
        self.total = len(entries)
        known = files.known(self.connection, self.event_id)
        self.digests = photos.by_digest(self.connection, self.event_id)
        new = []
        seen: set[str] = set()
        for entry in entries:
            file = known.get(entry.name)
            if entry.name in seen:
                reason = "Another file of the source goes by the same name. Rename one of them."
                self.failed.append(Failure(entry.name, reason))
                self._tell(entry)
            elif not _storable(entry.name):
                reason = "Its name is too long or no proper text. Rename it."
                self.failed.append(Failure(entry.name.encode("utf-8", "backslashreplace").decode(), reason))
                self._tell(entry)
            elif file is not None and file.photo_id is not None and file.fingerprint == entry.fingerprint:
                self.skipped += 1
                self._tell(entry)
            else:
                new.append(entry)
            seen.add(entry.name)
        read = partial(read_photo, self.source, self.recognizer, self.digests)
        workers = self.options.workers or os.cpu_count() or 1
        stop = self.options.stop or threading.Event()
        with closing(read_all(new, read, workers=workers, stop=stop)) as outcomes:
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
            if isinstance(outcome, Unread):
                files.put(self.connection, self.event_id, outcome.entry, reason=outcome.reason)
                self.failed.append(Failure(outcome.entry.name, outcome.reason))
            else:
                photo_id = self._photo(outcome)
                files.put(self.connection, self.event_id, outcome.entry, photo_id=photo_id)

    def _photo(self, outcome: Read | Known) -> int:
        """The row of a photo, added unless the event has its bytes already."""
        if isinstance(outcome, Known) or outcome.sha256 in self.digests:
            self.skipped += 1
            return self.digests[outcome.sha256]
        size = outcome.width, outcome.height
        photo_id = photos.add(
            self.connection,
            self.event_id,
            outcome.sha256,
            size,
            outcome.taken_at,
            len(outcome.faces),
            outcome.likeness,
        )
        faces.add(self.connection, self.event_id, photo_id, self.space_id, outcome.faces)
        self.digests[outcome.sha256] = photo_id
        self.added += 1
        self.found += len(outcome.faces)
        return photo_id

    def _tell(self, entry: SourceEntry) -> None:
        self.done += 1
        if self.options.progress is not None:
            self.options.progress(Progress(self.done, self.total, self.found, len(self.failed), entry.name))


def _storable(name: str) -> bool:
    """Whether the database takes a photo's name."""
    try:
        return "\0" not in name and len(name.encode()) <= _LONGEST_PHOTO_NAME
    except UnicodeEncodeError:
        return False


def _check_name(slug: str) -> None:
    if not slug or slug != slug.strip() or not slug.isprintable() or len(slug) > _LONGEST_NAME:
        raise InvalidEventName(
            f"An event's name has 1 to {_LONGEST_NAME} letters, digits or dashes, such as crab-week."
        )


def _existing(connection: Connection, key: EventKey, uri: str, recognizer: str | None) -> Event | None:
    """The event to bring up to date, or None when it is new. Raises EventConflict."""
    for event in events.namesakes(connection, key):
        if (event.key.team, event.key.channel) != (key.team, key.channel):
            # Does not confirm the other event: it may belong to a channel that the asker is not in.
            raise EventConflict(f"The name {key.slug} is taken or may not be used here. Choose another name.")
        if event.source != uri:
            raise EventConflict(
                f"Event {key.slug} was indexed from {event.source}. Choose another name, or forget that "
                "event first."
            )
        if recognizer is not None and recognizer != event.recognizer:
            raise EventConflict(
                f"Event {key.slug} was indexed with {event.recognizer}. To index it with {recognizer}, "
                "forget it first."
            )
        return event
    return None


def _check_space(event: Event | None, recognizer: Recognizer) -> None:
    if event is not None and event.space != recognizer.space:
        raise EventConflict(
            f"Event {event.key.slug} was indexed with {event.space}; this version has {recognizer.space}. "
            "Forget the event, then index it again."
        )


def _check_entries(entries: Sequence[SourceEntry], event: Event | None, uri: str) -> None:
    if entries:
        return
    if event is None or not event.photos:
        raise NoPhotos(f"{uri} holds no photos. Name a place with JPEG, PNG, WebP, TIFF or HEIC files.")
    raise NoPhotos(
        f"{uri} holds no photos any more, but event {event.key.slug} has {event.photos} from there. Is the "
        "disk there? If they are gone for good, forget the event."
    )


def _event_row(
    connection: Connection, key: EventKey, event: Event | None, uri: str, recognizer: Recognizer
) -> tuple[int, int]:
    """The rows of the event and of its space, made when they are new."""
    with connection.transaction():
        space_id = spaces.ensure(connection, recognizer.space, recognizer.name, recognizer.dimensions)
        event_id = events.add(connection, key, uri, space_id) if event is None else event.id
    return event_id, space_id
