"""Attempts at photos that come to events: counted before they are made, so that what kills is known."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from pipeline.blame import DECODING, FETCHING
from pipeline.errors import DatabaseUnavailable
from pipeline.store import Connection, Store, attempts
from pipeline.store.connect import explained
from pipeline.types import SourceEntry

log = logging.getLogger(__name__)


class Attempts:
    """Counts attempts in the database. Safe to use from several threads at once.

    Whatever ends otherwise than by the end of the process is taken back: what is left is what killed.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._in_hand: dict[tuple[int, str], int] = {}  # points by an event's row and a photo's name
        self._owed: list[tuple[int, str, int]] = []  # failed, and to be taken back: the same, and the points
        self._taking_back = threading.Lock()  # so that who leaves waits for what is being taken back

    @contextmanager
    def attempt(self, connection: Connection, event_id: int, entry: SourceEntry) -> Iterator[int]:
        """Counts an attempt to fetch, and gives the points of all; an error in its course is no attempt."""
        with connection.transaction():
            points = attempts.begin(connection, event_id, entry, FETCHING)
        made = (event_id, entry.name)
        with self._lock:
            self._in_hand[made] = FETCHING
        try:
            yield points
        except BaseException:
            with self._lock:
                if made in self._in_hand:
                    self._owed.append((*made, self._in_hand[made]))
            raise
        finally:
            with self._lock:
                self._in_hand.pop(made, None)

    def arrived(self, connection: Connection, event_id: int, entry: SourceEntry) -> None:
        """The bytes are there: the attempt under way is one to decode. Raises DatabaseUnavailable."""
        made = (event_id, entry.name)
        with self._lock:
            if made not in self._in_hand:
                return  # the process leaves, and nothing more is counted
        with explained(), connection.transaction():
            attempts.begin(connection, event_id, entry, DECODING - FETCHING)
        with self._lock:
            if made in self._in_hand:
                self._in_hand[made] = DECODING

    @contextmanager
    def settled(self) -> Iterator[None]:
        """Takes back what failed, before and after; afterwards as far as the database is there.

        Raises DatabaseUnavailable.
        """
        self._take_back()
        try:
            yield
        finally:
            self._take_back_if_possible()

    def leave(self) -> None:
        """The process ends of its own accord: what is in hand is not what ended it."""
        with self._lock:
            self._owed += [(*made, points) for made, points in self._in_hand.items()]
            self._in_hand.clear()
        self._take_back_if_possible()

    def _take_back(self) -> None:
        """Raises DatabaseUnavailable, and then it is still to be done."""
        with self._taking_back:
            with self._lock:
                owed, self._owed = self._owed, []
            if not owed:
                return
            try:
                with self._store.transaction() as connection:
                    for event_id, name, points in owed:
                        attempts.take_back(connection, event_id, name, points)
            except BaseException:
                with self._lock:
                    self._owed += owed
                raise

    def _take_back_if_possible(self) -> None:
        try:
            self._take_back()
        except DatabaseUnavailable as error:
            log.warning("attempts at photos are taken back later: %s", error)
