"""Photos: what an event shows, each once, by its bytes."""

from __future__ import annotations

from datetime import datetime

from pipeline.store.connect import Connection


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
) -> int | None:
    """Adds a photo of `size` = (width, height) pixels with so many faces; its row.

    None when the event has these bytes already: another worker may be as far.
    """
    row = connection.execute(
        """
        INSERT INTO photos (event_id, sha256, width, height, taken_at, faces)
        VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (event_id, sha256) DO NOTHING RETURNING id
        """,
        (event_id, sha256, *size, taken_at, faces),
    ).fetchone()
    if row is None:
        return None
    connection.execute(
        "UPDATE events SET photos = photos + 1, faces = faces + %s WHERE id = %s", (faces, event_id)
    )
    return int(row[0])


def with_digest(connection: Connection, event_id: int, sha256: bytes) -> int | None:
    """The row of the photo with these bytes, or None."""
    row = connection.execute(
        "SELECT id FROM photos WHERE event_id = %s AND sha256 = %s", (event_id, sha256)
    ).fetchone()
    return None if row is None else int(row[0])


def digest(connection: Connection, photo_id: int) -> bytes | None:
    """The SHA-256 of a photo's bytes; None when the photo has been erased."""
    row = connection.execute("SELECT sha256 FROM photos WHERE id = %s", (photo_id,)).fetchone()
    return None if row is None else bytes(row[0])


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
