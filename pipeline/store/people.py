"""People: their own faces, embedded from avatars and kept until the avatar changes."""

from __future__ import annotations

from typing import LiteralString

from pipeline.store import vectors
from pipeline.store.connect import Connection
from pipeline.types import Probe


def reference(connection: Connection, team: str, user: str, space: str, sha256: bytes) -> Probe | None:
    """The probe that was made of these very bytes for this person, or None."""
    statement: LiteralString = (
        f"SELECT faces, {vectors.COLUMNS} FROM reference_faces r"  # noqa: S608  (constants)
        " WHERE team = %s AND user_id = %s AND sha256 = %s"
        " AND space_id = (SELECT id FROM spaces WHERE name = %s)"
    )
    row = connection.execute(statement, (team, user, sha256, space)).fetchone()
    return None if row is None else Probe(face=vectors.from_row(row[1:]), faces=row[0], space=space)


def remember(connection: Connection, team: str, user: str, sha256: bytes, probe: Probe) -> None:
    """Keeps a person's probe in place of the one of their former avatar. Its space must exist."""
    statement: LiteralString = (
        f"INSERT INTO reference_faces (team, user_id, space_id, sha256, faces, {vectors.COLUMNS})"  # noqa: S608  (constants)
        f" SELECT %s, %s, id, %s, %s, {vectors.PLACES} FROM spaces WHERE name = %s"
        " ON CONFLICT (team, user_id, space_id) DO UPDATE SET"
        " sha256 = excluded.sha256, faces = excluded.faces,"
        " x = excluded.x, y = excluded.y, width = excluded.width, height = excluded.height,"
        " score = excluded.score, sharpness = excluded.sharpness, landmarks = excluded.landmarks,"
        " embedding = excluded.embedding, made_at = now()"
    )
    connection.execute(statement, (team, user, sha256, probe.faces, *vectors.to_row(probe.face), probe.space))


def forget(connection: Connection, user: str, team: str | None) -> int:
    """Erases a person's references in a team, or in all; how many rows went."""
    return connection.execute(
        "DELETE FROM reference_faces"
        " WHERE user_id = %(user)s AND (%(team)s::text IS NULL OR team = %(team)s)",
        {"user": user, "team": team},
    ).rowcount
