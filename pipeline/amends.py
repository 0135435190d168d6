"""What could not be taken back because the database was away: taken back at the next chance."""

from __future__ import annotations

import threading
from collections.abc import Callable

from pipeline.errors import DatabaseUnavailable
from pipeline.store import Connection
from pipeline.store.connect import explained

Undo = Callable[[Connection], object]


class Amends:
    """Counts of attempts that did not fail by themselves; those of a process that dies stand."""

    def __init__(self) -> None:
        self._owed: list[Undo] = []
        self._lock = threading.Lock()

    def make(self, connection: Connection, undo: Undo) -> None:
        """Takes something back, now or later."""
        try:
            with explained():
                undo(connection)
        except DatabaseUnavailable:
            with self._lock:
                self._owed.append(undo)

    def catch_up(self, connection: Connection) -> None:
        """Takes back what is owed."""
        with self._lock:
            owed, self._owed = self._owed, []
        for undo in owed:
            self.make(connection, undo)
