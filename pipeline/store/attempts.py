"""Attempts: how often photos that come to an event were begun to be read, and not finished."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.store.connect import Connection
from pipeline.types import SourceEntry


def begin(connection: Connection, event_id: int, entry: SourceEntry, points: int) -> int:
    """Counts an attempt, before it is made; the points of all at these bytes, this one's included."""
    # What kills us may take the database's server with it, as a machine without memory does.
    connection.execute("SELECT set_config('synchronous_commit', 'on', true)")
    row = connection.execute(
        """
        INSERT INTO attempts (event_id, name, fingerprint, number) VALUES (%s, %s, %s, %s)
        ON CONFLICT (event_id, name) DO UPDATE
        SET number = CASE attempts.fingerprint WHEN excluded.fingerprint THEN attempts.number ELSE 0 END
                + excluded.number,
            fingerprint = excluded.fingerprint
        RETURNING number
        """,
        (event_id, entry.name, entry.fingerprint, points),
    ).fetchone()
    assert row is not None  # noqa: S101  (INSERT ... RETURNING gives a row or raises)
    return int(row[0])


def take_back(connection: Connection, event_id: int, name: str, points: int) -> None:
    """Takes an attempt back that ended for a reason that is not the photo's."""
    connection.execute(
        "UPDATE attempts SET number = number - %s WHERE event_id = %s AND name = %s",
        (points, event_id, name),
    )
    connection.execute(
        "DELETE FROM attempts WHERE event_id = %s AND name = %s AND number < 1", (event_id, name)
    )


def forget(connection: Connection, event_id: int, names: Sequence[str]) -> None:
    """Drops the attempts at photos of which is known what came of them."""
    connection.execute("DELETE FROM attempts WHERE event_id = %s AND name = ANY(%s)", (event_id, list(names)))


def forget_all(connection: Connection, event_id: int) -> None:
    """Drops the attempts at an event's photos: a complete run has looked at all of them."""
    connection.execute("DELETE FROM attempts WHERE event_id = %s", (event_id,))


def begun(connection: Connection, event_id: int) -> set[str]:
    """The names of the photos that were begun and not finished."""
    rows = connection.execute("SELECT name FROM attempts WHERE event_id = %s", (event_id,))
    return {row[0] for row in rows}
