"""Files: where an event's source shows which photo, and which could not be indexed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.store.connect import Connection
from pipeline.types import FailedPhotos, Failure, SourceEntry


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
    lasting: bool = False,
) -> None:
    """Notes that a name shows a photo, or why it could not be indexed.

    `lasting`: a photo that the name showed before stays as it was, so that the next run tries again.
    """
    connection.execute(
        """
        INSERT INTO files (event_id, name, size, fingerprint, photo_id, reason)
        VALUES (%s, %s, %s, %s, %s, %s)
        ON CONFLICT (event_id, name) DO UPDATE
        SET size = excluded.size, fingerprint = excluded.fingerprint,
            photo_id = excluded.photo_id, reason = excluded.reason
        WHERE files.photo_id IS NULL OR NOT %s
        """,
        (event_id, entry.name, entry.size, entry.fingerprint, photo_id, reason, lasting),
    )


def is_read(connection: Connection, event_id: int, entry: SourceEntry) -> bool:
    """Whether an entry shows a photo of the event, and has not changed since."""
    row = connection.execute(
        "SELECT FROM files WHERE event_id = %s AND name = %s AND fingerprint = %s AND photo_id IS NOT NULL",
        (event_id, entry.name, entry.fingerprint),
    ).fetchone()
    return row is not None


def has_failed(connection: Connection, event_id: int, entry: SourceEntry, reason: str) -> bool:
    """Whether an entry that has not changed since failed for that reason, here or in another event of the
    same source."""
    row = connection.execute(
        """
        SELECT FROM files f JOIN events e ON e.id = f.event_id
        WHERE e.source = (SELECT source FROM events WHERE id = %s)
            AND f.name = %s AND f.fingerprint = %s AND f.reason = %s
        LIMIT 1
        """,
        (event_id, entry.name, entry.fingerprint, reason),
    ).fetchone()
    return row is not None


def failed(connection: Connection, event_ids: Sequence[int], most: int) -> dict[int, FailedPhotos]:
    """What could not be indexed of each event, by its row, with `most` examples; no event without any."""
    rows = connection.execute(
        """
        SELECT event_id, name, reason, number FROM (
            SELECT event_id, name, reason, count(*) OVER (PARTITION BY event_id) AS number,
                row_number() OVER (PARTITION BY event_id ORDER BY name) AS place
            FROM files WHERE event_id = ANY(%s) AND photo_id IS NULL
        ) AS failed
        WHERE place <= %s ORDER BY event_id, place
        """,
        (list(event_ids), most),
    ).fetchall()
    examples: dict[int, list[Failure]] = {}
    for event_id, name, reason, _ in rows:
        examples.setdefault(event_id, []).append(Failure(name, reason))
    return {event_id: FailedPhotos(number, tuple(examples[event_id])) for event_id, _, _, number in rows}


def under(connection: Connection, event_id: int, folder: str) -> list[str]:
    """The names in a folder of the source."""
    rows = connection.execute(
        "SELECT name FROM files WHERE event_id = %s AND starts_with(name, %s)", (event_id, f"{folder}/")
    )
    return [row[0] for row in rows]


def remove(connection: Connection, event_id: int, names: Sequence[str]) -> None:
    """Removes names that the source no longer has."""
    connection.execute("DELETE FROM files WHERE event_id = %s AND name = ANY(%s)", (event_id, list(names)))
