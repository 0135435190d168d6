"""Moves: an event's faces in another embedding space, kept beside those that it is searched by until all are
there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import LiteralString

from pipeline.store import photos, vectors
from pipeline.store.connect import Connection
from pipeline.types import Face, SourceEntry


@dataclass(frozen=True, slots=True)
class Unmoved:
    """A photo that is not yet in the other space."""

    photo_id: int
    sha256: bytes
    entries: tuple[SourceEntry, ...]  # the names by which the source shows it, at least one


def begin(connection: Connection, event_id: int, space_id: int) -> None:
    """Drops what a move to any other space has left."""
    connection.execute(
        "DELETE FROM moved_photos WHERE event_id = %s AND space_id <> %s", (event_id, space_id)
    )


def unmoved(connection: Connection, event_id: int) -> list[Unmoved]:
    """The photos that are still to be moved, by name."""
    rows = connection.execute(
        """
        SELECT p.id, p.sha256, array_agg(f.name ORDER BY f.name), array_agg(f.size ORDER BY f.name),
            array_agg(f.fingerprint ORDER BY f.name)
        FROM photos p JOIN files f ON f.photo_id = p.id
        WHERE p.event_id = %s AND NOT EXISTS (SELECT FROM moved_photos m WHERE m.photo_id = p.id)
        GROUP BY p.id ORDER BY min(f.name)
        """,
        (event_id,),
    )
    return [
        Unmoved(photo_id, bytes(sha256), tuple(map(SourceEntry, names, sizes, fingerprints)))
        for photo_id, sha256, names, sizes, fingerprints in rows
    ]


def count(connection: Connection, event_id: int) -> int:
    """How many photos are moved already."""
    row = connection.execute("SELECT count(*) FROM moved_photos WHERE event_id = %s", (event_id,)).fetchone()
    return 0 if row is None else int(row[0])


def put(
    connection: Connection,
    event_id: int,
    space_id: int,
    photo_id: int,
    faces: Sequence[Face],
    dhash: int | None,
) -> None:
    """Keeps a photo's faces in the other space, to be called inside one transaction."""
    connection.execute(
        "INSERT INTO moved_photos (photo_id, event_id, space_id, faces, dhash) VALUES (%s, %s, %s, %s, %s)",
        (photo_id, event_id, space_id, len(faces), dhash),
    )
    statement: LiteralString = (
        f"INSERT INTO moved_faces (photo_id, {vectors.COLUMNS}) VALUES (%s, {vectors.PLACES})"  # noqa: S608  (constants)
    )
    with connection.cursor() as cursor:
        cursor.executemany(statement, [(photo_id, *vectors.to_row(face)) for face in faces])


def leave_out(connection: Connection, photo_id: int, reason: str) -> None:
    """Takes a photo out of its event; its names keep the reason, and are tried again when it is indexed."""
    connection.execute(
        "UPDATE files SET photo_id = NULL, reason = %s WHERE photo_id = %s", (reason, photo_id)
    )
    connection.execute("DELETE FROM photos WHERE id = %s", (photo_id,))


def switch(connection: Connection, event_id: int, space_id: int) -> None:
    """Puts the moved faces in the place of the event's, to be called inside one transaction.

    Whoever searches meanwhile sees the former ones until it is committed, and is not held up.
    """
    # A large event takes longer than a search may; and this commit waits for the disk.
    connection.execute("SELECT set_config('statement_timeout', '0', true)")
    connection.execute("SELECT set_config('synchronous_commit', 'on', true)")
    connection.execute("DELETE FROM faces WHERE event_id = %s", (event_id,))
    statement: LiteralString = (
        f"INSERT INTO faces (event_id, photo_id, space_id, {vectors.COLUMNS})"  # noqa: S608  (constants)
        f" SELECT p.event_id, p.photo_id, p.space_id, {vectors.COLUMNS}"
        " FROM moved_photos p JOIN moved_faces f ON f.photo_id = p.photo_id"
        " WHERE p.event_id = %s AND p.space_id = %s ORDER BY p.photo_id"
    )
    connection.execute(statement, (event_id, space_id))
    connection.execute(
        "UPDATE photos SET faces = m.faces, dhash = m.dhash FROM moved_photos m"
        " WHERE m.photo_id = photos.id AND m.event_id = %s",
        (event_id,),
    )
    connection.execute(
        "UPDATE events SET space_id = %s, photos = %s, faces = %s WHERE id = %s",
        (space_id, *photos.count(connection, event_id), event_id),
    )
    connection.execute("DELETE FROM moved_photos WHERE event_id = %s", (event_id,))
