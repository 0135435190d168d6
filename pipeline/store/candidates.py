"""Faces that may be a person's, with what a ranking needs to know of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import LiteralString

import numpy as np
from pgvector import Vector as Sent

from pipeline.store import vectors
from pipeline.store.connect import Connection
from pipeline.store.faces import Near
from pipeline.types import Box, Candidate, Vector

# An exact scan, as in pipeline.store.faces, where the CASE is explained. Vectors are sent for those that may
# need them only: a person's hundreds of strong hits don't.
_NEAR: LiteralString = """
    WITH near AS MATERIALIZED (
        SELECT id, photo_id, greatest(width, height) AS size, sharpness, embedding,
            embedding <-> %(vector)s AS distance
        FROM faces
        WHERE event_id = ANY(%(events)s)
            AND CASE WHEN event_id = ANY(%(events)s) THEN embedding <-> %(vector)s END <= %(reach)s
    )
    SELECT id, photo_id, size, sharpness, distance,
        CASE WHEN distance > %(sure)s OR row_number() OVER (ORDER BY distance, id) <= %(first)s
            THEN embedding END
    FROM near
    ORDER BY distance, id
"""

_BESIDE: LiteralString = """
    SELECT id, photo_id, greatest(width, height), sharpness, embedding <-> %(vector)s AS distance, embedding
    FROM faces
    WHERE photo_id = ANY(%(photos)s)
    ORDER BY distance, id
    LIMIT %(most)s
"""

# A photo that several files show goes by the first of their names; one that no file shows any more, because
# its file has just changed, is left out.
_SHOWN: LiteralString = """
    SELECT f.id, e.id, e.slug, f.photo_id, shown.name, f.x, f.y, f.width, f.height
    FROM faces f
    JOIN events e ON e.id = f.event_id
    CROSS JOIN LATERAL (SELECT min(name) AS name FROM files WHERE photo_id = f.photo_id) AS shown
    WHERE f.id = ANY(%(faces)s) AND shown.name IS NOT NULL
"""


class StoredGallery:
    """The faces of some events, which share the space of the vectors that are asked for."""

    def __init__(self, connection: Connection, events: Sequence[int]) -> None:
        self._connection = connection
        self._events = list(events)

    def near(self, vector: Vector, reach: float, sure: float, first: int) -> list[Candidate]:
        """As pipeline.ports.Gallery."""
        asked = {"vector": vectors.as_vector(vector), "events": self._events, "reach": reach}
        return self._candidates(_NEAR, asked | {"sure": sure, "first": first})

    def beside(self, photos: Sequence[int], vector: Vector, most: int) -> list[Candidate]:
        """As pipeline.ports.Gallery."""
        asked = {"vector": vectors.as_vector(vector), "photos": list(photos), "most": most}
        return self._candidates(_BESIDE, asked)

    def shown(self, distances: dict[int, float]) -> list[Near]:
        """The photos of faces, nearest first, with the distances that count."""
        rows = self._connection.execute(_SHOWN, {"faces": list(distances)})
        photos = [
            Near(event_id, event, photo_id, photo, distances[face], Box(x, y, width, height))
            for face, event_id, event, photo_id, photo, x, y, width, height in rows
        ]
        return sorted(photos, key=lambda one: (one.distance, one.photo, one.event_id))

    def _candidates(self, query: LiteralString, asked: dict[str, object]) -> list[Candidate]:
        rows = self._connection.execute(query, asked, binary=True)
        return [
            Candidate(face, photo, size, sharpness, distance, _unpacked(sent))
            for face, photo, size, sharpness, distance, sent in rows
        ]


def _unpacked(sent: Sent | Vector | None) -> Vector | None:
    """A vector as the driver gives it."""
    return (
        None if sent is None else np.asarray(sent.to_numpy() if isinstance(sent, Sent) else sent, np.float32)
    )
