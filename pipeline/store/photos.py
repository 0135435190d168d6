"""Photos: what an event shows, each once, by its bytes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pipeline.store.connect import Connection
from pipeline.types import Look


def digests(connection: Connection, event_id: int) -> set[bytes]:
    """The SHA-256 of every photo of an event."""
    rows = connection.execute("SELECT sha256 FROM photos WHERE event_id = %s", (event_id,))
    return {bytes(row[0]) for row in rows}


def add(
    connection: Connection,
    event_id: int,
    sha256: bytes,
    size: tuple[int, int],
    taken_at: datetime | None,
    faces: int,
    dhash: int | None = None,
) -> int | None:
    """Adds a photo of `size` = (width, height) pixels with so many faces; its row.

    None when the event has these bytes already: another worker may be as far.
    """
    row = connection.execute(
        """
        INSERT INTO photos (event_id, sha256, width, height, taken_at, faces, dhash)
        VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT (event_id, sha256) DO NOTHING RETURNING id
        """,
        (event_id, sha256, *size, taken_at, faces, dhash),
    ).fetchone()
    if row is None:
        return None
    connection.execute(
        "UPDATE events SET photos = photos + 1, faces = faces + %s WHERE id = %s", (faces, event_id)
    )
    return int(row[0])


def looks(connection: Connection, photo_ids: Sequence[int]) -> dict[int, Look]:
    """What tells whether photos are shots of one moment, by row."""
    rows = connection.execute("SELECT id, dhash, taken_at FROM photos WHERE id = ANY(%s)", (list(photo_ids),))
    return {row[0]: Look(row[1], row[2]) for row in rows}


def names(connection: Connection, event_id: int, photo_ids: Sequence[int]) -> dict[int, str]:
    """The first name under which the source shows each photo of the event, by row."""
    rows = connection.execute(
        "SELECT photo_id, min(name) FROM files WHERE event_id = %s AND photo_id = ANY(%s) GROUP BY photo_id",
        (event_id, list(photo_ids)),
    )
    return {row[0]: row[1] for row in rows}


def with_digest(connection: Connection, event_id: int, sha256: bytes) -> int | None:
    """The row of the photo with these bytes, or None."""
    row = connection.execute(
        "SELECT id FROM photos WHERE event_id = %s AND sha256 = %s", (event_id, sha256)
    ).fetchone()
    return None if row is None else int(row[0])


@dataclass(frozen=True, slots=True)
class Place:
    """Where the bytes of a photo are to be found."""

    sha256: bytes
    source: str  # of its event
    kept_under: str  # folder of its event in the photo store


def places(connection: Connection, photo_ids: Sequence[int]) -> dict[int, Place]:
    """Where photos are, by their rows; without those that have been erased."""
    rows = connection.execute(
        "SELECT p.id, p.sha256, e.source, e.kept_under FROM photos p JOIN events e ON e.id = p.event_id"
        " WHERE p.id = ANY(%s)",
        (list(photo_ids),),
    )
    return {row[0]: Place(bytes(row[1]), str(row[2]), str(row[3])) for row in rows}


def remove_unshown(connection: Connection, event_id: int) -> int:
    """Removes the photos that no file of the source shows any more, with their faces; how many."""
    removed = connection.execute(
        """
        DELETE FROM photos p
        WHERE p.event_id = %s AND NOT EXISTS (SELECT FROM files f WHERE f.photo_id = p.id)
        """,
        (event_id,),
    ).rowcount
    if removed:
        connection.execute(
            "UPDATE events SET photos = %s, faces = %s WHERE id = %s",
            (*count(connection, event_id), event_id),
        )
    return removed


def count(connection: Connection, event_id: int) -> tuple[int, int]:
    """How many photos and faces an event holds."""
    row = connection.execute(
        "SELECT count(*), coalesce(sum(faces), 0)::bigint FROM photos WHERE event_id = %s", (event_id,)
    ).fetchone()
    assert row is not None  # noqa: S101  (an aggregate always gives a row)
    return int(row[0]), int(row[1])
