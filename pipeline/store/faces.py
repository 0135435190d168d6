"""Faces: their embeddings, and the search for the nearest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import LiteralString

from psycopg import sql

from pipeline.store import approximate, vectors
from pipeline.store.connect import Connection
from pipeline.types import Box, Face, Vector


@dataclass(frozen=True, slots=True)
class Near:
    """A photo whose best face is near the probe."""

    event_id: int
    event: str  # slug
    photo_id: int
    photo: str  # name in the source
    distance: float  # Euclidean
    box: Box


def add(connection: Connection, event_id: int, photo_id: int, space_id: int, faces: Sequence[Face]) -> None:
    """Adds a photo's faces."""
    if not faces:
        return
    statement: LiteralString = (
        f"INSERT INTO faces (event_id, photo_id, space_id, {vectors.COLUMNS})"  # noqa: S608  (constants)
        f" VALUES (%s, %s, %s, {vectors.PLACES})"
    )
    with connection.cursor() as cursor:
        cursor.executemany(
            statement, [(event_id, photo_id, space_id, *vectors.to_row(face)) for face in faces]
        )


_FACE: LiteralString = "id, event_id, photo_id, x, y, width, height, embedding <-> %(probe)s AS distance"

# An exact scan of the events' faces, which the index on event_id finds: 100,000 faces of 128 numbers take
# about 30 ms.
# PostgreSQL may look at the distance before the event, when there are many events, and pgvector fails on
# vectors of another length; CASE alone keeps it to the events' own faces. They share the probe's space.
_OF_EVENTS: LiteralString = f"""
    SELECT {_FACE} FROM faces
    WHERE event_id = ANY(%(events)s)
        AND CASE WHEN event_id = ANY(%(events)s) THEN embedding <-> %(probe)s END <= %(threshold)s
"""  # noqa: S608  (constants)

_CHOSEN: LiteralString = f"""
    SELECT {_FACE} FROM faces
    WHERE id = ANY(%(chosen)s)
        AND CASE WHEN id = ANY(%(chosen)s) THEN embedding <-> %(probe)s END <= %(threshold)s
"""  # noqa: S608  (constants)

# A photo that several files show goes by the first of their names; one that no file shows any more, because
# its file has just changed, is left out.
_BEST: LiteralString = """
    WITH near AS MATERIALIZED ({near}), best AS (
        SELECT DISTINCT ON (photo_id) * FROM near ORDER BY photo_id, distance, id
    )
    SELECT e.id, e.slug, best.photo_id, shown.name, distance, x, y, width, height
    FROM best
    JOIN events e ON e.id = best.event_id
    CROSS JOIN LATERAL (SELECT min(name) AS name FROM files WHERE photo_id = best.photo_id) AS shown
    WHERE shown.name IS NOT NULL
    ORDER BY distance, shown.name, e.id
    LIMIT %(limit)s
"""


def nearest(
    connection: Connection, events: Sequence[int], probe: Vector, threshold: float, limit: int | None
) -> list[Near]:
    """The photos of these events with a face within the threshold, by their best face, nearest first.

    Without a limit, and wherever that is as quick, every face is compared. A few photos among very many faces
    come through the approximate index of their space, where there is one; docs/scale.md says what it misses.
    """
    if limit is not None:
        for chosen in approximate.nearer_and_nearer(connection, events, probe, limit):
            found = _best(connection, _CHOSEN, probe, threshold, limit, chosen=chosen.faces)
            if len(found) == limit or chosen.furthest > threshold:
                return found
    return _best(connection, _OF_EVENTS, probe, threshold, limit, events=list(events))


def _best(
    connection: Connection,
    near: LiteralString,
    probe: Vector,
    threshold: float,
    limit: int | None,
    **among: list[int],
) -> list[Near]:
    rows = connection.execute(
        sql.SQL(_BEST).format(near=sql.SQL(near)),
        {"probe": vectors.as_vector(probe), "threshold": threshold, "limit": limit, **among},
    )
    return [
        Near(event_id, event, photo_id, photo, distance, Box(x, y, width, height))
        for event_id, event, photo_id, photo, distance, x, y, width, height in rows
    ]
