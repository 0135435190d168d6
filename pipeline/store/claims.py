"""Runs that one process alone reports on, as long as it lives."""

from __future__ import annotations

from collections.abc import Callable, Set
from contextlib import suppress
from typing import LiteralString

import psycopg

from pipeline.errors import DatabaseUnavailable
from pipeline.store.connect import Connection, explained


class Claims:
    """Claims runs, so that of several bots one tells of each. For one thread.

    They are locks on one connection of its own: a process that is killed frees them, however it ends.
    """

    def __init__(self, connect: Callable[[], Connection], lock_number: Callable[[str], int]) -> None:
        """connect: a connection of its own. lock_number: the number of the lock of a name."""
        self._connect = connect
        self._lock_number = lock_number
        self._connection: Connection | None = None
        self._held: set[int] = set()

    def hold(self, wanted: Set[int]) -> set[int]:
        """Claims those of the runs that nobody else has claimed, and gives all others back; which are ours.

        Raises DatabaseUnavailable; what was ours may be somebody else's from then on.
        """
        try:
            with explained():
                connection = self._opened()
                connection.execute("SELECT 1")  # who is still connected still holds what he held
                for run_id in self._held - wanted:
                    self._ask(connection, "SELECT pg_advisory_unlock(%s)", run_id)
                    self._held.discard(run_id)
                for run_id in wanted - self._held:
                    if self._ask(connection, "SELECT pg_try_advisory_lock(%s)", run_id):
                        self._held.add(run_id)
        except DatabaseUnavailable:
            self.close()
            raise
        return set(self._held)

    def close(self) -> None:
        """Gives everything back; it may be used again."""
        connection, self._connection = self._connection, None
        self._held.clear()
        if connection is not None:
            with suppress(psycopg.Error):  # a server notices a closed connection a moment later
                connection.execute("SELECT pg_advisory_unlock_all()")
            connection.close()

    def _opened(self) -> Connection:
        if self._connection is None:
            self._connection = self._connect()
            self._connection.autocommit = True
        return self._connection

    def _ask(self, connection: Connection, question: LiteralString, run_id: int) -> bool:
        number = self._lock_number(f"findme report\0{run_id}")
        row = connection.execute(question, (number,)).fetchone()
        return row is not None and bool(row[0])
