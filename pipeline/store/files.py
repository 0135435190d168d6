"""Files: where an event's source shows which photo, and which could not be indexed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.store.connect import Connection
from pipeline.types import SourceEntry


@dataclass(frozen=True, slots=True)
class File:
    """What is known of one name in a source."""

    fingerprint: str  # when it was last read
    photo_id: int | None  # None = it could not be indexed


def known(connection: Connection, event_id: int) -> dict[str, File]:
    """The files of an event, by name."""
    rows = connection.execute(
        "SELECT name, fingerprint, photo_id FROM files WHERE event_id = %s", (event_id,)
    )
    return {row[0]: File(row[1], row[2]) for row in rows}


def put(
    connection: Connection,
    event_id: int,
    entry: SourceEntry,
    *,
    photo_id: int | None = None,
    reason: str | None = None,
) -> None:
    """Notes that a name shows a photo, or why it could not be indexed."""
    connection.execute(
        """
        INSERT INTO files (event_id, name, size, fingerprint, photo_id, reason)
        VALUES (%s, %s, %s, %s, %s, %s)
        ON CONFLICT (event_id, name) DO UPDATE
        SET size = excluded.size, fingerprint = excluded.fingerprint,
            photo_id = excluded.photo_id, reason = excluded.reason
        """,
        (event_id, entry.name, entry.size, entry.fingerprint, photo_id, reason),
    )


def remove(connection: Connection, event_id: int, names: Sequence[str]) -> None:
    """Removes names that the source no longer has."""
    connection.execute("DELETE FROM files WHERE event_id = %s AND name = ANY(%s)", (event_id, list(names)))
