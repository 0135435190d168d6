"""PhotoFinder: index an event, find a person in it, forget either."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from pipeline import indexing, retention, search, upkeep
from pipeline.errors import SourceUnreachable, UnknownEvent
from pipeline.ports import PhotoSource
from pipeline.store import Store, people, photos
from pipeline.store import events as event_rows
from pipeline.types import Event, EventKey, FindResult, Forgotten, IndexReport, Match, Probe, Progress

if TYPE_CHECKING:
    from pipeline.recognizers import Recognizer
    from pipeline.registry import Recognizers


class PhotoFinder:
    """What the bot and the command line ask for. Safe to use from several threads at once.

    Every method may raise DatabaseUnavailable; those that embed may raise UnknownRecognizer and
    WeightsUnavailable.
    """

    def __init__(
        self,
        store: Store,
        recognizers: Recognizers,
        open_source: Callable[[str], PhotoSource],
        *,
        workers: int | None = None,
    ) -> None:
        """`open_source` turns an event's stored `source` into a PhotoSource again.

        `workers` is the number of threads that read photos while indexing; None: one a processor.
        """
        self._store = store
        self._recognizers = recognizers
        self._open_source = open_source
        self._workers = workers

    @property
    def recognizers(self) -> Recognizers:
        """The recognizers that photos are read with."""
        return self._recognizers

    def ping(self) -> None:
        """Asks the database for a sign of life. Raises DatabaseUnavailable."""
        self._store.ping()

    def index(
        self,
        source: PhotoSource,
        key: EventKey,
        *,
        recognizer: str | None = None,
        progress: Callable[[Progress], None] | None = None,
        stop: threading.Event | None = None,
    ) -> IndexReport:
        """Indexes a source into an event, creating it; running it again brings the event up to date.

        `recognizer` None: the event's own, for a new event the default one. `progress` is called from
        the calling thread, once a photo. Setting `stop` lets the photos in flight finish and raises
        Interrupted. Raises EventConflict, EventBusy, InvalidEventName, NoPhotos, SourceUnreachable.
        """
        return indexing.index(
            self._store,
            self._recognizers,
            source,
            key,
            indexing.Options(recognizer=recognizer, progress=progress, stop=stop, workers=self._workers),
        )

    def probe(self, data: bytes, event: Event | None = None) -> Probe:
        """The face to search with, from a photo's bytes, by the event's recognizer (None: the default).

        Raises UnreadablePhoto, NoFaceFound.
        """
        return self._recognizer_of(event).probe(data)

    def person_probe(self, team: str, user: str, avatar: bytes, event: Event) -> Probe:
        """The probe of a person's avatar, embedded anew only when the avatar's bytes have changed.

        Raises UnreadablePhoto, NoFaceFound.
        """
        digest = hashlib.sha256(avatar).digest()
        with self._store.transaction() as connection:
            known = people.reference(connection, team, user, event.space, digest)
        if known is not None:
            return known
        probe = self._recognizer_of(event).probe(avatar)
        with self._store.transaction() as connection:
            people.remember(connection, team, user, digest, probe)
        return probe

    def find(
        self,
        probe: Probe,
        *,
        events: Sequence[Event] | None = None,
        limit: int | None = None,
        threshold: float | None = None,
    ) -> FindResult:
        """The photos that show the probe's person, best first.

        `events` None: every event of the probe's space. `limit` None: all within the threshold.
        `threshold` None: the recognizer's own. Raises SpaceMismatch.
        """
        recognizer = self._recognizers.for_space(probe.space)
        return search.find(self._store, recognizer, probe, search.Scope(events, limit, threshold))

    def events(self, team: str | None = None) -> list[Event]:
        """The events, newest first. A team sees its own and the command line's; None sees all."""
        with self._store.transaction() as connection:
            return event_rows.listed(connection, team)

    def event(self, slug: str, team: str | None = None) -> Event:
        """The event of that name, in any case of letters; the team's own before the command line's.

        Raises UnknownEvent.
        """
        with self._store.transaction() as connection:
            found = event_rows.named(connection, slug, team)
            if found is None:
                raise UnknownEvent(_no_such_event(slug, event_rows.listed(connection, team)))
        return found

    def photo(self, match: Match) -> bytes:
        """The matched photo's bytes as the source holds them.

        Raises SourceUnreachable when they cannot be read or are no longer those that were indexed, so
        that nobody is shown another picture than the one that matched; UnknownEvent when the event is gone.
        """
        with self._store.transaction() as connection:
            event = event_rows.with_id(connection, match.event_id)
            digest = photos.digest(connection, match.photo_id)
        if event is None or digest is None:
            raise UnknownEvent(f"{match.photo} of event {match.event} has been erased since; search again.")
        data = self._open_source(event.source).read(match.photo)
        if hashlib.sha256(data).digest() != digest:
            raise SourceUnreachable(
                f"{match.photo} has changed since event {match.event} was indexed; index it again."
            )
        return data

    def forget_event(self, event: Event) -> Forgotten:
        """Erases an event, its photos and faces. Raises EventBusy while it is being indexed."""
        with self._store.exclusive(event.key) as connection, connection.transaction():
            return event_rows.erase(connection, event.id)

    def forget_user(self, user: str, team: str | None = None) -> Forgotten:
        """Erases what is kept about a person: their references, in one team or (None) in all."""
        with self._store.transaction() as connection:
            return Forgotten(references=people.forget(connection, user, team))

    def forget_expired(self, days: int) -> list[str]:
        """Erases the events last indexed more than `days` ago, but those in use; returns their names."""
        return retention.forget_expired(self._store, days)

    def make_due_indexes(self, stop: threading.Event | None = None) -> list[str]:
        """Makes the vector indexes that have come to pay, which takes minutes; returns their spaces.

        Setting `stop` breaks it off.
        """
        return upkeep.make_due_indexes(self._store, stop)

    def _recognizer_of(self, event: Event | None) -> Recognizer:
        return self._recognizers.get() if event is None else self._recognizers.for_space(event.space)


def _no_such_event(slug: str, existing: Sequence[Event]) -> str:
    names = [event.key.slug for event in existing]
    if not names:
        return f"There is no event called {slug}: nothing is indexed yet."
    shown = ", ".join(names[:10]) + (f" and {len(names) - 10} more" if len(names) > 10 else "")
    return f"There is no event called {slug}. There is: {shown}."
