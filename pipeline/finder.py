"""PhotoFinder: index an event, find a person in it, forget either."""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from pipeline import admission, indexing, reindexing, retention, search, upkeep
from pipeline.additions import Additions
from pipeline.bursts import Burst, bursts
from pipeline.errors import (
    EventBusy,
    FindMeError,
    OwnModelMissing,
    SourceUnreachable,
    UnknownEvent,
    UnknownRecognizer,
    UnreadablePhoto,
)
from pipeline.keeping import Keeper
from pipeline.patience import BRIEF, Patience
from pipeline.ports import PhotoSource
from pipeline.store import Store, files, kept, people, photos
from pipeline.store import events as event_rows
from pipeline.store.names import folded
from pipeline.types import (
    Event,
    EventKey,
    EventState,
    FailedPhotos,
    FindResult,
    Forgotten,
    IndexReport,
    Match,
    Probe,
    Progress,
    ShownPhoto,
    SourceEntry,
)
from pipeline.whereabouts import Whereabouts

if TYPE_CHECKING:
    from pipeline.recognizers import Recognizer
    from pipeline.registry import Recognizers

log = logging.getLogger(__name__)


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
        keeper: Keeper | None = None,
        patience: Patience = BRIEF,
    ) -> None:
        """`open_source` turns an event's stored `source` into a PhotoSource again.

        `workers` is the number of threads that read photos while indexing; None: one a processor. `keeper`
        keeps previews, and the photos of sources that may vanish; None: nothing is kept. `patience` is with
        sources and photo stores that do not answer.
        """
        self._store = store
        self._recognizers = recognizers
        self._open_source = open_source
        self._workers = workers
        self._keeper = keeper
        self._patience = patience
        self._additions = Additions(store, recognizers, keeper)
        self.carry_out_erasures()

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
        Interrupted. Raises EventConflict, EventBusy, InvalidEventName, NoPhotos, SourceUnreachable;
        SourceAway and PhotoStoreUnavailable when nothing has come for a while, after which it can go on.
        """
        if self._keeper is not None:
            self._keeper.mark()
        return indexing.index(
            self._store,
            self._recognizers,
            source,
            key,
            indexing.Options(
                recognizer=recognizer,
                progress=progress,
                stop=stop,
                workers=self._workers,
                keeper=self._keeper,
                patience=self._patience,
            ),
        )

    def events_from(self, source: str) -> list[Event]:
        """The events whose source's address is, or begins with, `source`."""
        with self._store.transaction() as connection:
            return event_rows.from_source(connection, source)

    def failed(self, events: Sequence[Event], most: int) -> dict[int, FailedPhotos]:
        """What could not be indexed of each of the events, by its row, with `most` examples.

        Events without any are left out; so is what a run alone knows of: names that the database cannot keep.
        """
        with self._store.transaction() as connection:
            return files.failed(connection, [event.id for event in events], most)

    def at_rest(self, events: Sequence[Event]) -> list[Event]:
        """Those of the events that nobody indexes, moves or erases right now."""
        held = self._store.held(event.key for event in events)
        return [event for event in events if event.state is not EventState.RUNNING and event.key not in held]

    def add(
        self,
        event: Event,
        source: PhotoSource,
        entries: Sequence[SourceEntry],
        stop: threading.Event | None = None,
    ) -> int:
        """Indexes photos that are new in the event's source; how many the event did not have.

        What cannot be read is noted as failed, and so is what has ended the process twice: that is not read
        again until it changes, or the whole source is indexed. Setting `stop` lets the photo in hand finish.
        Raises EventBusy, UnknownEvent, and any FindMeError of reading, after which it is to be done again.
        """
        return self._additions.add(event, source, entries, stop)

    def drop(self, event: Event, folders: Sequence[str]) -> int:
        """Removes the photos in folders that the source no longer has; how many.

        Raises EventBusy, UnknownEvent.
        """
        return self._additions.drop(event, folders)

    def leave(self) -> None:
        """To be called where the process ends with `add` under way: no photo is to blame for that."""
        self._additions.leave()

    def reindex(
        self,
        event: Event,
        *,
        recognizer: str | None = None,
        leave_out: bool = False,
        progress: Callable[[Progress], None] | None = None,
        stop: threading.Event | None = None,
    ) -> IndexReport:
        """Moves an event to another recognizer's space, or to the present version of its own (None).

        Searches go on in the former space until all photos are embedded; then the event changes over in one
        transaction. A run that is stopped or killed changes nothing, and the next one continues. Photos that
        cannot be read any more keep the event where it is, unless `leave_out` says to go on without them and
        any are left. Raises EventBusy, UnknownEvent, PhotosMissing, SourceUnreachable, PhotoStoreUnavailable,
        Interrupted.
        """
        options = reindexing.Options(
            recognizer, leave_out, progress, stop, self._workers, self._keeper, self._patience
        )
        return reindexing.reindex(self._store, self._recognizers, self._open_source, event, options)

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
        *probes: Probe,
        events: Sequence[Event] | None = None,
        limit: int | None = None,
        threshold: float | None = None,
    ) -> FindResult:
        """The photos that show the person of the probes, at least one, best first.

        `events` None: every event of the probes' space. `limit` None: all within the threshold.
        `threshold` None: the recognizer's own. Raises SpaceMismatch.
        """
        recognizer = self._recognizers.for_space(probes[0].space)
        return search.find(self._store, recognizer, probes, search.Scope(events, limit, threshold))

    def agree(self, *probes: Probe) -> bool:
        """Whether every two of the probes may be one person, by the threshold of their recognizer."""
        threshold = self._recognizers.for_space(probes[0].space).threshold
        vectors = [probe.face.embedding for probe in probes]
        return all(np.linalg.norm(one - other) <= threshold for one, other in combinations(vectors, 2))

    def bursts(self, matches: Sequence[Match], most: int | None = None) -> list[Burst]:
        """The first `most` of the matches that differ, each with those that show nearly the same."""
        with self._store.transaction() as connection:
            looks = photos.looks(connection, [match.photo_id for match in matches])
        return bursts(matches, looks, most)

    def events(self, team: str | None = None) -> list[Event]:
        """The events, newest first. A team sees its own and the command line's; None sees all."""
        with self._store.transaction() as connection:
            found = event_rows.listed(connection, team)
        return self._with_states(found)

    def event(self, slug: str, team: str | None = None) -> Event:
        """The event of that name, in any case of letters; the team's own before the command line's.

        Raises UnknownEvent.
        """
        with self._store.transaction() as connection:
            found = event_rows.named(connection, slug, team) if slug.isprintable() else None
            if found is None:
                raise UnknownEvent(_no_such_event(slug, event_rows.listed(connection, team)))
        return self._with_states([found])[0]

    def _with_states(self, events: Sequence[Event]) -> list[Event]:
        """The events; what seems interrupted, but is held by somebody, is running."""
        unfinished = [event.key for event in events if event.state is EventState.INTERRUPTED]
        held = self._store.held(unfinished) if unfinished else set()
        return [replace(event, state=EventState.RUNNING) if event.key in held else event for event in events]

    def shown(self, event: Event, photo_ids: Sequence[int]) -> list[ShownPhoto]:
        """Those of these photos that the event has, in the same order."""
        with self._store.transaction() as connection:
            names = photos.names(connection, event.id, photo_ids)
        return [
            ShownPhoto(event.key.slug, event.id, names[photo], photo) for photo in photo_ids if photo in names
        ]

    def photo(self, match: Match | ShownPhoto) -> bytes:
        """The matched photo's bytes as they were indexed: kept, else as the source holds them.

        Raises SourceUnreachable when they cannot be read or are no longer those that were indexed, so
        that nobody is shown another picture than the one that matched; UnknownEvent when the event is gone.
        """
        (whereabouts,) = self._whereabouts([match])
        return whereabouts.photo()

    def preview(self, match: Match | ShownPhoto) -> bytes:
        """The matched photo as JPEG that may be shown to others: upright, without metadata, web-size.

        It was made when the photo was indexed; where it was not, it is made now. Raises as `photo` does,
        and UnreadablePhoto.
        """
        (whereabouts,) = self._whereabouts([match])
        return whereabouts.preview()

    def previews(self, matches: Sequence[Match | ShownPhoto]) -> Iterator[bytes | FindMeError]:
        """As `preview` gives them, in their order; instead of one that raises, what it raises.

        One question to the database for all of them: somebody waits for ten.
        """
        for whereabouts in self._whereabouts(matches):
            try:
                yield whereabouts.preview()
            except (SourceUnreachable, UnknownEvent, UnreadablePhoto) as error:
                yield error

    def forget_event(self, event: Event) -> Forgotten:
        """Erases an event with all that is kept of its photos. Raises EventBusy while it is being indexed."""
        with self._store.exclusive(event.key) as connection, connection.transaction():
            folder = kept.folder(connection, event.id) or ""
            forgotten = event_rows.erase(connection, event.id)
        if self._keeper is not None:
            self._keeper.release(event.source)
        return replace(forgotten, files=self.carry_out_erasures().get(folder, 0))

    def check_name(self, key: EventKey) -> None:
        """Raises InvalidEventName, and EventConflict where the name is that of another channel's event."""
        admission.check_name(key.slug)
        with self._store.transaction() as connection:
            for event in event_rows.namesakes(connection, key):
                if (event.key.team, event.key.channel) != (key.team, key.channel):
                    raise admission.taken(key)

    def rename_event(self, event: Event, slug: str) -> None:
        """Gives an event another name. Raises InvalidEventName, EventConflict, EventBusy."""
        admission.check_new_name(slug)
        key = replace(event.key, slug=slug)
        with self._store.exclusive(event.key) as connection, ExitStack() as stack:
            admission.check_free(connection, key, own=event.id)
            if folded(slug) != folded(event.key.slug):
                try:
                    stack.enter_context(self._store.exclusive(key))
                except EventBusy as error:  # somebody makes an event of that name right now
                    raise admission.taken(key) from error
            with connection.transaction():
                event_rows.rename(connection, event.id, slug)

    def forget_user(self, user: str, team: str | None = None) -> Forgotten:
        """Erases what is kept about a person: their references, in one team or (None) in all."""
        with self._store.transaction() as connection:
            return Forgotten(references=people.forget(connection, user, team))

    def forget_expired(self, days: int) -> list[str]:
        """Erases the events last indexed more than `days` ago, but those in use; returns their names."""
        erased = retention.forget_expired(self._store, days)
        self.carry_out_erasures()
        return erased

    def _whereabouts(self, matches: Sequence[Match | ShownPhoto]) -> list[Whereabouts]:
        with self._store.transaction() as connection:
            places = photos.places(connection, [match.photo_id for match in matches])
        return [
            Whereabouts(match, places.get(match.photo_id), self._open_source, self._keeper)
            for match in matches
        ]

    def carry_out_erasures(self) -> dict[str, int]:
        """Removes the kept photos of erased events; how many files went, by the folder of an event."""
        return {} if self._keeper is None else self._keeper.carry_out_erasures(self._store)

    def make_due_indexes(self, stop: threading.Event | None = None) -> list[str]:
        """Makes the vector indexes that have come to pay, which takes minutes; returns their spaces.

        Setting `stop` breaks it off.
        """
        return upkeep.make_due_indexes(self._store, stop)

    def _recognizer_of(self, event: Event | None) -> Recognizer:
        if event is None:
            return self._recognizers.get()
        try:
            return self._recognizers.for_space(event.space)
        except OwnModelMissing:  # which says what to do
            raise
        except UnknownRecognizer as error:
            name = event.key.slug
            raise UnknownRecognizer(
                f"Event {name} was indexed with {event.space}, which this FindMe does not have. Whoever runs "
                f"it moves the event with `findme reindex {name}`, or to another recognizer with "
                f"`findme reindex {name} --recognizer NAME`."
            ) from error


def _no_such_event(slug: str, existing: Sequence[Event]) -> str:
    names = [event.key.slug for event in existing]
    wanted = slug if slug.isprintable() else slug.encode("unicode_escape").decode()
    called = f"called {wanted}" if slug.strip() else "without a name"
    if not names:
        return f"There is no event {called}: nothing is indexed yet."
    shown = ", ".join(names[:10]) + (f" and {len(names) - 10} more" if len(names) > 10 else "")
    return f"There is no event {called}. There is: {shown}."
