"""Reads the photos of an event once more: as they are kept, else from a source that may be gone for good."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.errors import NotThere, PhotoStoreUnavailable, SourceAway, SourceUnreachable
from pipeline.patience import Patience
from pipeline.patient_reading import PatientReading
from pipeline.ports import PhotoSource
from pipeline.reading import Outcome, Read, Unread, read_photo, storable
from pipeline.store.moves import Unmoved
from pipeline.types import SourceEntry

if TYPE_CHECKING:
    from pipeline.keeping import EventKeeper
    from pipeline.recognizers import Recognizer

log = logging.getLogger(__name__)

CHANGED = "It has changed since the event was indexed."


@dataclass(frozen=True, slots=True)
class Places:
    """Where the bytes of an event's photos are."""

    source: PhotoSource
    kept: EventKeeper | None


class Rereading:
    """Reads photos that an event holds. Safe to use from several threads.

    A source that does not answer is waited for once; then its photos are unread, all alike, and those that
    are kept go on. It is not waited for where `leave_out` is set and it says itself that nothing is there.
    """

    def __init__(
        self,
        places: Places,
        recognizer: Recognizer,
        unmoved: Mapping[SourceEntry, Unmoved],
        *,
        patience: Patience,
        stop: threading.Event,
        leave_out: bool,
    ) -> None:
        self._source, self._kept = places.source, places.kept
        self._recognizer = recognizer
        self._unmoved = unmoved
        self._leave_out = leave_out
        self._patient = PatientReading(places.source, self._elsewhere, patience, stop)
        self._came = False  # something did, from the source
        self._gone: str | None = None  # why the source is not asked any more

    def __call__(self, entry: SourceEntry) -> Outcome | None:
        """What came of a photo; None when it was asked to stop instead.

        Raises PhotoStoreUnavailable; SourceAway only where photos are to be left out, and the source gave
        some before: that is an outage.
        """
        try:
            kept = self._as_kept(entry)
        except PhotoStoreUnavailable as error:
            log.warning("a kept photo is not to be had: %s", error)
            kept = None
        if kept is not None:
            return kept
        try:
            return self._patient(entry)
        except SourceAway as error:
            if self._leave_out and self._came:
                raise
            self._gone = storable(str(error.__cause__ or error))
            return self._patient(entry)

    def _elsewhere(self, entry: SourceEntry) -> Outcome:
        """A photo as the source has it. Raises SourceAway, and PhotoStoreUnavailable where it may be kept."""
        try:
            outcome = self._from_source(entry)
        except SourceAway:
            kept = self._as_kept(entry)
            if kept is None:
                raise
            return kept
        return outcome if isinstance(outcome, Read) else self._as_kept(entry) or outcome

    def _from_source(self, entry: SourceEntry) -> Outcome:
        if self._gone is not None:
            return Unread(entry, self._gone, silent=True)
        try:
            outcome = self._by_names(self._source, entry)
        except SourceAway as error:
            if not self._leave_out or self._came or not _is_gone(self._source):
                raise
            self._gone = storable(str(error))
            return Unread(entry, self._gone, silent=True)
        self._came = self._came or isinstance(outcome, Read)
        return outcome

    def _as_kept(self, entry: SourceEntry) -> Outcome | None:
        """None where it is not kept. Raises PhotoStoreUnavailable where that cannot be said."""
        data = None if self._kept is None else self._kept.find_photo(self._unmoved[entry].sha256)
        return None if data is None else self._by_names(_KeptPhoto(self._source, data), entry)

    def _by_names(self, source: PhotoSource, entry: SourceEntry) -> Outcome:
        """A photo by the first of its names that still shows the same bytes. Raises SourceAway."""
        outcome: Outcome = Unread(entry, CHANGED)
        photo = self._unmoved[entry]
        for name in photo.entries:
            read = read_photo(source, self._recognizer, (), name)
            if isinstance(read, Read) and read.sha256 == photo.sha256:
                return Read(
                    entry, read.sha256, read.width, read.height, read.taken_at, read.faces, read.dhash
                )
            if isinstance(read, Unread):
                outcome = Unread(entry, read.reason)
        return outcome


@dataclass(frozen=True, slots=True)
class _KeptPhoto:
    """A source of one photo, which is kept elsewhere."""

    source: PhotoSource
    data: bytes

    @property
    def uri(self) -> str:
        """As PhotoSource.uri."""
        return self.source.uri

    def entries(self) -> Iterator[SourceEntry]:
        """As PhotoSource.entries."""
        return self.source.entries()

    def read(self, _name: str) -> bytes:
        """As PhotoSource.read."""
        return self.data


def _is_gone(source: PhotoSource) -> bool:
    """Whether a source says that it is not there, rather than nothing."""
    try:
        next(source.entries(), None)
    except NotThere:
        return True
    except SourceUnreachable as error:
        log.info("%s: %s", source.uri, error)
    return False
