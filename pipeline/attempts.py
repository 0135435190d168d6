"""Attempts at photos that come to events: counted before they are made, so that what kills is known."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from pipeline.errors import DatabaseUnavailable
from pipeline.store import Connection, Store, attempts
from pipeline.types import SourceEntry

log = logging.getLogger(__name__)


class Attempts:
    """Counts attempts in the database. Safe to use from several threads at once.

    Whatever ends otherwise than by the end of the process is taken back: what is left is what killed.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._in_hand: set[tuple[int, str]] = set()  # under way: an event's row, a photo's name
        self._owed: list[tuple[int, str]] = []  # failed, and to be taken back: once for each time here
        self._taking_back = threading.Lock()  # so that who leaves waits for what is being taken back

    @contextmanager
    def attempt(self, connection: Connection, event_id: int, entry: SourceEntry) -> Iterator[int]:
        """Counts an attempt, and gives its number; an error in its course is no attempt."""
        with connection.transaction():
            number = attempts.begin(connection, event_id, entry)
        made = (event_id, entry.name)
        with self._lock:
            self._in_hand.add(made)
        try:
            yield number
        except BaseException:
            with self._lock:
                if made in self._in_hand:
                    self._owed.append(made)
            raise
        finally:
            with self._lock:
                self._in_hand.discard(made)

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
            self._owed += self._in_hand
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
                    for event_id, name in owed:
                        attempts.take_back(connection, event_id, name)
            except BaseException:
                with self._lock:
                    self._owed += owed
                raise

    def _take_back_if_possible(self) -> None:
        try:
            self._take_back()
        except DatabaseUnavailable as error:
            log.warning("attempts at photos are taken back later: %s", error)
