"""Searches through the approximate index of a space: more and more candidates, until they must do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import LiteralString

from psycopg import sql

from pipeline.store import vector_index, vectors
from pipeline.store.connect import Connection
from pipeline.types import Vector

MOST_PHOTOS = 100
"""A search that wants more compares every face, as one does that wants every photo."""

EXACT_UP_TO = 100_000
"""So many faces are compared sooner than the index would matter, and the answer is certain."""

SPARSEST = 10
"""Where the events hold fewer than one in so many of the space's faces, the index mostly gives others'."""

# The index is followed along so many of the best candidates at once: more find more, and take longer. Among a
# million faces 200 find 93 % of the best ten photos, 400 find 99 %, 500 find 99.8 % (docs/scale.md). Where
# the events hold a part of the faces, as many of theirs are wanted among the candidates.
_BREADTH = 500
_BROADEST = 1000  # that pgvector takes
_FIRST, _MORE = 4, 4  # candidates a photo that is wanted, and how many times as many each time
_MOST_CANDIDATES = 2000

# `space_id` and the expression are the index's own. The event is looked at behind the index, which goes on
# until there are enough (hnsw.iterative_scan), so that other teams' faces do not use up the candidates.
_CANDIDATES: LiteralString = """
    SELECT id, embedding <-> %(probe)s AS distance FROM (
        SELECT id, embedding FROM faces
        WHERE space_id = {space} AND event_id = ANY(%(events)s)
        ORDER BY embedding::halfvec({dimensions}) <-> %(probe)s::halfvec({dimensions})
        LIMIT %(candidates)s
    ) AS candidates
"""


@dataclass(frozen=True, slots=True)
class Candidates:
    """Faces that the index holds for the nearest."""

    faces: list[int]
    furthest: float  # the largest distance among them


def answers(connection: Connection, events: Sequence[int], photos: int) -> bool:
    """Whether a search for so many photos of these events goes through an index that is there."""
    return _paying(connection, events, photos) is not None


def nearer_and_nearer(
    connection: Connection, events: Sequence[int], probe: Vector, photos: int
) -> Iterator[Candidates]:
    """Candidates for so many photos of these events, then more and more of them.

    Nothing where there is no index or it does not pay; ends where the index has no more to give.
    """
    paying = _paying(connection, events, photos)
    if paying is None:
        return
    index, held = paying
    breadth = min(_BROADEST, round(_BREADTH * index.faces / held))
    wanted = photos * _FIRST
    while wanted <= _MOST_CANDIDATES:
        with _by_index_alone(connection, breadth):
            rows = connection.execute(
                sql.SQL(_CANDIDATES).format(
                    space=sql.Literal(index.space_id), dimensions=sql.Literal(index.dimensions)
                ),
                {"probe": vectors.as_vector(probe), "events": list(events), "candidates": wanted},
            ).fetchall()
        if len(rows) < wanted:
            return
        yield Candidates([row[0] for row in rows], max(row[1] for row in rows))
        wanted *= _MORE


def _paying(
    connection: Connection, events: Sequence[int], photos: int
) -> tuple[vector_index.SpaceIndex, int] | None:
    """The index that such a search goes through, and the faces of these events.

    None where there is no index or it does not pay.
    """
    found = None if photos > MOST_PHOTOS else vector_index.serving(connection, events)
    if found is None:
        return None
    index, held = found
    return None if held <= EXACT_UP_TO or held * SPARSEST < index.faces else found


@contextmanager
def _by_index_alone(connection: Connection, breadth: int) -> Iterator[None]:
    """Settings of the planner and the index for a moment: without sorting, only the index gives an order."""
    settings = {
        "enable_sort": "off",
        "hnsw.ef_search": str(breadth),
        "hnsw.iterative_scan": "relaxed_order",
    }
    for name, value in settings.items():
        connection.execute("SELECT set_config(%s, %s, true)", (name, value))
    yield
    for name in settings:
        connection.execute(sql.SQL("SET LOCAL {} TO DEFAULT").format(sql.SQL(name)))
