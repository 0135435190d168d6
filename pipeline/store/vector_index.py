"""Approximate indexes (HNSW) over the vectors of a space: made when they pay, used where they hold.

An index holds half-precision copies, which order the candidates; distances are computed from the vectors
themselves. It belongs to one space, by its condition, so that vectors of two spaces never meet in it.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import psycopg
from psycopg import sql

from pipeline.store.connect import Connection

log = logging.getLogger(__name__)

DUE_FROM = 200_000
"""Faces of a space from which an index pays.

Comparing so many one by one takes about 60 ms; fewer are answered as quickly without an index, which would
cost memory and slow down indexing for nothing.
"""

MOST_DIMENSIONS = 4000  # that pgvector indexes at half precision
_MOST_MEMORY = 2**30  # bytes that a build may ask of the server, unless its own setting is higher
_BYTES_A_FACE = 500  # of a build's memory, besides two a dimension


@dataclass(frozen=True, slots=True)
class SpaceIndex:
    """A space, and what there is of its index."""

    space: str
    space_id: int
    dimensions: int
    faces: int  # that the space's events hold
    ready: bool  # searches may use it
    size: int  # bytes on disk; 0 = there is none

    @property
    def due(self) -> bool:
        """Whether it should be there and is not."""
        return not self.ready and self.faces >= DUE_FROM and self.dimensions <= MOST_DIMENSIONS


def states(connection: Connection) -> list[SpaceIndex]:
    """Every space, in the order in which they were made."""
    rows = connection.execute(
        """
        SELECT s.name, s.id, s.dimensions, held.faces,
            coalesce(i.indisvalid AND i.indisready, false), coalesce(pg_relation_size(i.indexrelid), 0)
        FROM spaces s
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(faces), 0)::bigint AS faces FROM events WHERE space_id = s.id
        ) AS held
        LEFT JOIN pg_index i ON i.indexrelid = to_regclass('faces_nearest_' || s.id)
        ORDER BY s.id
        """
    )
    return [SpaceIndex(*row) for row in rows]


def serving(connection: Connection, events: Sequence[int]) -> tuple[SpaceIndex, int] | None:
    """The index over these events' vectors, and how many faces they hold; None where there is no index.

    Events of several spaces have none in common.
    """
    held: dict[int, int] = dict(
        connection.execute(
            "SELECT space_id, sum(faces)::bigint FROM events WHERE id = ANY(%s) GROUP BY space_id",
            (list(events),),
        ).fetchall()
    )
    ready = [index for index in states(connection) if index.ready and index.space_id in held]
    return (ready[0], held[ready[0].space_id]) if len(held) == len(ready) == 1 else None


def build(connection: Connection, index: SpaceIndex) -> None:
    """Makes the index while searches and indexing go on; what a broken-off build left is dropped first.

    `connection` is one of its own in autocommit mode, since a transaction cannot build without locking others
    out. It takes about five minutes for a million faces on two cores.
    """
    connection.execute("SELECT set_config('statement_timeout', '0', false)")
    connection.execute("SELECT set_config('lock_timeout', '0', false)")
    name = sql.Identifier(f"faces_nearest_{index.space_id}")
    connection.execute(sql.SQL("DROP INDEX CONCURRENTLY IF EXISTS {}").format(name))
    need = min(_MOST_MEMORY, index.faces * (_BYTES_A_FACE + 2 * index.dimensions))
    connection.execute(
        "SELECT set_config('maintenance_work_mem', greatest(%s, setting::bigint)::text || 'kB', false)"
        " FROM pg_settings WHERE name = 'maintenance_work_mem'",
        (need // 1024,),
    )
    statement = sql.SQL(
        "CREATE INDEX CONCURRENTLY {name} ON faces"
        " USING hnsw ((embedding::halfvec({dimensions})) halfvec_l2_ops) WHERE space_id = {space}"
    ).format(name=name, dimensions=sql.Literal(index.dimensions), space=sql.Literal(index.space_id))
    try:
        connection.execute(statement)
    except (psycopg.errors.DiskFull, psycopg.errors.OutOfMemory):
        # Containers give little shared memory, through which the processes of a build work together.
        log.warning("the index of %s is built by one process: there is little shared memory", index.space)
        connection.execute(sql.SQL("DROP INDEX CONCURRENTLY IF EXISTS {}").format(name))
        connection.execute("SELECT set_config('max_parallel_maintenance_workers', '0', false)")
        connection.execute(statement)
