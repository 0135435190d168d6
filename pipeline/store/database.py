"""The store: an open database, brought up to date."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress

import psycopg
from psycopg.adapt import AdaptersMap

from pipeline.errors import EventBusy
from pipeline.store import runs, vector_index
from pipeline.store.claims import Claims
from pipeline.store.connect import Connection, connect, explained, open_pool, pooled, vector_types
from pipeline.store.migrate import migrate
from pipeline.store.names import folded
from pipeline.store.vector_index import SpaceIndex
from pipeline.types import EventKey


class Store:
    """An open database. Safe to use from several threads at once."""

    def __init__(self, database_url: str, adapters: AdaptersMap) -> None:
        """`adapters` are pgvector's types in that database."""
        self._database_url = database_url
        self._pool = open_pool(database_url, adapters)
        self._adapters = adapters

    @classmethod
    def open(cls, database_url: str) -> Store:
        """Connects, and brings the tables up to date. Raises DatabaseUnavailable."""
        connection = connect(database_url)
        try:
            with explained():
                migrate(connection)
                adapters = vector_types(connection)
        finally:
            connection.close()
        return cls(database_url, adapters)

    @property
    def url(self) -> str:
        """The address that it was opened with."""
        return self._database_url

    def ping(self) -> None:
        """Asks the database for a sign of life. Raises DatabaseUnavailable."""
        with self.transaction() as connection:
            connection.execute("SELECT 1")

    def versions(self) -> tuple[str, str]:
        """The versions of PostgreSQL and of pgvector. Raises DatabaseUnavailable."""
        with self.transaction() as connection:
            row = connection.execute(
                "SELECT current_setting('server_version'), extversion"
                " FROM pg_extension WHERE extname = 'vector'"
            ).fetchone()
        return (str(row[0]), str(row[1])) if row else ("unknown", "missing")

    def vector_indexes(self) -> list[SpaceIndex]:
        """Every embedding space and its approximate index. Raises DatabaseUnavailable."""
        with self.transaction() as connection:
            return vector_index.states(connection)

    def close(self) -> None:
        """Gives the connections back."""
        self._pool.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A pooled connection: committed at the end, rolled back on an error.

        Raises DatabaseUnavailable.
        """
        with explained(), pooled(self._pool) as connection:
            yield connection

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """As `transaction`, but every statement in it sees the same state of the database."""
        with self.transaction() as connection:
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            yield connection

    @contextmanager
    def exclusive(self, key: EventKey) -> Iterator[Connection]:
        """A connection of its own, in autocommit mode, that holds the lock on changing an event.

        Refused while a run of the queue works on the event, too. Raises EventBusy, DatabaseUnavailable.
        """
        busy = EventBusy(
            f"Event {key.slug} is being indexed or erased right now. Try again when that is done."
        )
        with self.locked(_event_lock(key), busy) as connection:
            if runs.is_running(connection, key):
                raise busy
            yield connection

    @contextmanager
    def submitting(self, key: EventKey) -> Iterator[Connection]:
        """A transaction in which nobody holds `exclusive` on the event. Raises EventBusy."""
        with self.transaction() as connection:
            number = _lock_number(_event_lock(key))
            row = connection.execute("SELECT pg_try_advisory_xact_lock_shared(%s)", (number,)).fetchone()
            if row is None or not row[0]:
                raise EventBusy(f"Event {key.slug} is being indexed or erased right now.")
            yield connection

    def held(self, keys: Iterable[EventKey]) -> set[EventKey]:
        """Those of the events on which somebody holds `exclusive` right now. Raises DatabaseUnavailable."""
        with self.transaction() as connection:
            rows = connection.execute(
                "SELECT classid::bigint, objid::bigint FROM pg_locks WHERE locktype = 'advisory'"
                " AND objsubid = 1 AND mode = 'ExclusiveLock' AND granted"
                " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            ).fetchall()
        numbers = {int(high) << 32 | int(low) for high, low in rows}
        return {key for key in keys if _lock_number(_event_lock(key)) % 2**64 in numbers}

    def claims(self) -> Claims:
        """Claims on reporting of runs, none of them held yet."""
        return Claims(lambda: connect(self._database_url), _lock_number)

    @contextmanager
    def locked(self, name: str, busy: Exception) -> Iterator[Connection]:
        """A connection of its own, in autocommit mode, that holds the lock of that name.

        The lock lives as long as the connection: a killed process frees it, and who writes over this
        connection knows that the lock is still held. Raises `busy`, DatabaseUnavailable.
        """
        with explained():
            connection = connect(self._database_url, self._adapters)
            try:
                connection.autocommit = True
                # A commit a photo would wait for the disk each time. Without waiting, a crash of the server
                # loses the last moments of a run, as a killed run does, and the next run makes up for it.
                connection.execute("SET synchronous_commit = off")
                row = connection.execute("SELECT pg_try_advisory_lock(%s)", (_lock_number(name),)).fetchone()
                if row is None or not row[0]:
                    raise busy
                try:
                    yield connection
                finally:
                    # The server notices a closed connection a moment later; who comes next need not wait.
                    with suppress(psycopg.Error):
                        connection.execute("SELECT pg_advisory_unlock(%s)", (_lock_number(name),))
            finally:
                connection.close()


def _event_lock(key: EventKey) -> str:
    return f"findme event\0{key.team}\0{folded(key.slug)}"


def _lock_number(name: str) -> int:
    """The 64-bit number of an advisory lock, the same in every process."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
