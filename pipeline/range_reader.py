"""Reads photos of a run one after the other, and writes what came of each."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from pipeline.amends import Amends
from pipeline.blame import DECODING, FETCHING, MOST, POISONOUS
from pipeline.errors import FindMeError, SourceAway, ValueRefused
from pipeline.keeping import EventKeeper
from pipeline.patience import Patience, is_away
from pipeline.ports import PhotoSource
from pipeline.reading import Outcome, Read, Unread, read_photo, storable
from pipeline.recording import record
from pipeline.store import Connection, entries, runs, troubles
from pipeline.store.connect import explained
from pipeline.store.entries import Claimed
from pipeline.stored_digests import StoredDigests
from pipeline.types import Event
from pipeline.waiting import Postponed

if TYPE_CHECKING:
    from pipeline.recognizers import Recognizer

log = logging.getLogger(__name__)


class GivenBack(FindMeError):
    """The worker was asked to stop in the middle of a job."""


class RunOver(FindMeError):
    """The run has ended meanwhile: it was cancelled, or its event erased."""


@dataclass(slots=True)
class RangeReader:
    """Reads photos over a connection that holds the lock on their range."""

    connection: Connection
    run_id: int
    event: Event
    space_id: int
    source: PhotoSource
    recognizer: Recognizer
    keeper: EventKeeper | None
    patience: Patience
    amends: Amends
    went_well: bool = field(default=False, init=False)  # some photo came
    _points: int = field(default=0, init=False)  # of blame that the photo in hand has for this try
    _silent: int | None = field(default=None, init=False)  # the photo that has just failed to come

    def claim(self, first: int, last: int, stop: Callable[[], bool]) -> Claimed | None:
        """The next photo. Raises GivenBack, RunOver, Postponed."""
        if stop():
            raise GivenBack("the worker was asked to stop")
        with self.connection.transaction():
            if runs.hold(self.connection, self.run_id) is None:
                raise RunOver
            claimed = entries.claim(self.connection, self.run_id, first, last, FETCHING)
        self._points = FETCHING
        if claimed is not None and claimed.number == self._silent:
            self._take_back(claimed)
            raise Postponed(f"{claimed.entry.name} did not come", self.patience.first)
        return claimed

    def read(self, claimed: Claimed) -> None:
        """Reads a photo and writes what came of it, unless it has killed workers.

        Whatever is raised, the attempt does not count: only what ends the process leaves it counted.
        """
        try:
            outcome = self._outcome(claimed)
            if outcome is not None:
                self._write(claimed, outcome)
        except ValueRefused as error:  # what was found in this one, which no new try would change
            self._write(claimed, Unread(claimed.entry, str(error)))
        except Exception:
            self._take_back(claimed)
            raise

    def _outcome(self, claimed: Claimed) -> Outcome | None:
        """What comes of a photo; None where it did not come, though others do."""
        if claimed.blame > MOST:
            log.error("%s is set aside: it has ended a worker twice", claimed.entry.name)
            return Unread(claimed.entry, POISONOUS)
        known = StoredDigests(self.connection, self.event.id)
        try:
            return read_photo(
                *(self.source, self.recognizer, known, claimed.entry),
                keeper=self.keeper,
                arrived=partial(self._arrived, claimed),
            )
        except SourceAway as error:
            return self._missed(claimed, error)

    def _missed(self, claimed: Claimed, error: SourceAway) -> Outcome | None:
        """Puts a photo aside that did not come. Raises SourceAway where no other would come either.

        One that does not come though others do, again and again, is failed by name.
        """
        away = is_away(self.source, entries.witness(self.connection, self.run_id))
        faults = claimed.faults + (not away)
        if faults >= self.patience.faults:
            log.error("%s does not come, though others do: %s", claimed.entry.name, error)
            return Unread(claimed.entry, storable(str(error)), silent=True)
        entries.put_aside(self.connection, self.run_id, claimed.number, fault=not away)
        self._silent = claimed.number
        if away:
            raise error
        self._take_back(claimed)
        return None

    def _arrived(self, claimed: Claimed) -> None:
        """From now on, a process that ends has looked at the photo."""
        with explained(), self.connection.transaction():
            entries.blame(self.connection, self.run_id, claimed.number, DECODING - FETCHING)
        self._points = DECODING

    def _take_back(self, claimed: Claimed) -> None:
        back = partial(entries.blame, run_id=self.run_id, number=claimed.number, points=-self._points)
        self.amends.make(self.connection, back)

    def _write(self, claimed: Claimed, outcome: Outcome) -> None:
        """A photo, its faces, its name, and that it is done, in one transaction."""
        with explained(), self.connection.transaction():
            if runs.hold(self.connection, self.run_id) is None:
                raise RunOver
            if not entries.is_open(self.connection, self.run_id, claimed.number):
                return  # another worker, which had this one for dead, was faster
            recorded = record(self.connection, self.event.id, self.space_id, outcome)
            entries.finish(
                self.connection,
                self.run_id,
                claimed.number,
                recorded,
                faces=len(outcome.faces) if recorded == "added" and isinstance(outcome, Read) else 0,
                reason=outcome.reason if isinstance(outcome, Unread) else None,
            )
        if not isinstance(outcome, Unread):
            troubles.clear(self.connection, self.run_id)
            self._silent, self.went_well = None, True
