"""Entries: the photos that a run has to look at, and what came of each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from pipeline.store.connect import Connection
from pipeline.types import Failure, SourceEntry

LAST = 2**31 - 1  # the largest number that an entry may have

OutcomeName = Literal["added", "skipped", "failed"]


@dataclass(frozen=True, slots=True)
class Claimed:
    """A photo that is about to be read."""

    number: int  # its place in the run
    entry: SourceEntry
    blame: int  # points for the ends of processes that had it in hand, should this one end so
    faults: int = 0  # tries in which it did not come, though others did


def add(
    connection: Connection, run_id: int, listed: Iterable[tuple[SourceEntry, str | None]], *, double: str
) -> int:
    """Adds what a source lists, each with the reason why it cannot be indexed or None; how many.

    double: the reason why another entry of the same name is not indexed.

    Streams, so that memory does not grow with the source. Of entries of one name, the first one counts, and
    the others fail.
    """
    connection.execute(
        'CREATE TEMPORARY TABLE listed (place serial, name text COLLATE "C", size bigint, fingerprint text,'
        " refusal text, reason text) ON COMMIT DROP"
    )
    with (
        connection.cursor() as cursor,
        cursor.copy("COPY listed (name, size, fingerprint, refusal, reason) FROM STDIN") as copy,
    ):
        for entry, reason in listed:
            copy.write_row((entry.name, entry.size, entry.fingerprint, entry.refusal, reason))
    return connection.execute(
        """
        INSERT INTO index_entries (run_id, number, name, size, fingerprint, refusal, reason, outcome)
        SELECT %(run)s, row_number() OVER (ORDER BY place) - 1, name, size, fingerprint, refusal, why,
            CASE WHEN why IS NOT NULL THEN 'failed' END
        FROM (
            SELECT *, coalesce(
                reason, CASE WHEN place > min(place) OVER (PARTITION BY name) THEN %(double)s END
            ) AS why
            FROM listed
        ) AS looked_at
        """,
        {"run": run_id, "double": double},
    ).rowcount


def skip_known(connection: Connection, run_id: int, event_id: int) -> None:
    """Marks as skipped what the event has indexed with the same fingerprint."""
    connection.execute(
        """
        UPDATE index_entries e SET outcome = 'skipped' FROM files f
        WHERE e.run_id = %s AND f.event_id = %s AND e.outcome IS NULL AND f.name = e.name
            AND f.photo_id IS NOT NULL AND f.fingerprint = e.fingerprint
        """,
        (run_id, event_id),
    )


def open_numbers(connection: Connection, run_id: int) -> list[int]:
    """The places of what is not looked at yet, in order."""
    rows = connection.execute(
        "SELECT number FROM index_entries WHERE run_id = %s AND outcome IS NULL ORDER BY number", (run_id,)
    )
    return [row[0] for row in rows]


def any_open(connection: Connection, run_id: int, first: int = 0, last: int = LAST) -> bool:
    """Whether something of a range, or of the whole run, is not looked at yet."""
    row = connection.execute(
        "SELECT FROM index_entries WHERE run_id = %s AND outcome IS NULL"
        " AND number BETWEEN %s AND %s LIMIT 1",
        (run_id, first, last),
    ).fetchone()
    return row is not None


def claim(connection: Connection, run_id: int, first: int, last: int, points: int) -> Claimed | None:
    """The next photo of a range, blamed at once should it end the process; None when nothing is left.

    Those that were begun before and not finished come last: whoever they kill has done the others. So do
    those that did not come.
    """
    row = connection.execute(
        """
        UPDATE index_entries SET attempts = attempts + %(points)s
        WHERE run_id = %(run)s AND number = (
            SELECT number FROM index_entries
            WHERE run_id = %(run)s AND number BETWEEN %(first)s AND %(last)s AND outcome IS NULL
            ORDER BY attempts, silences, number LIMIT 1
        )
        RETURNING number, name, size, fingerprint, refusal, attempts, faults
        """,
        {"run": run_id, "first": first, "last": last, "points": points},
    ).fetchone()
    if row is None:
        return None
    number, name, size, fingerprint, refusal, blame, faults = row
    return Claimed(number, SourceEntry(name, size, fingerprint, refusal), blame, faults)


def blame(connection: Connection, run_id: int, number: int, points: int) -> None:
    """Blames a photo that is in hand for more, should the process end; negative points are taken back."""
    connection.execute(
        "UPDATE index_entries SET attempts = greatest(attempts + %s, 0) WHERE run_id = %s AND number = %s",
        (points, run_id, number),
    )


def put_aside(connection: Connection, run_id: int, number: int, *, fault: bool) -> None:
    """Notes that a photo did not come, which is tried again after the others of its range.

    `fault`: others did come.
    """
    connection.execute(
        "UPDATE index_entries SET silences = silences + 1, faults = faults + %s"
        " WHERE run_id = %s AND number = %s",
        (int(fault), run_id, number),
    )


def witness(connection: Connection, run_id: int) -> str | None:
    """The name of a small photo that the run has read, or that the event had already."""
    row = connection.execute(
        "SELECT name FROM index_entries WHERE run_id = %s AND outcome IN ('added', 'skipped')"
        " ORDER BY outcome, size LIMIT 1",
        (run_id,),
    ).fetchone()
    return None if row is None else str(row[0])


def finish(
    connection: Connection,
    run_id: int,
    number: int,
    outcome: OutcomeName,
    *,
    faces: int = 0,
    reason: str | None = None,
) -> None:
    """Notes what came of a photo."""
    connection.execute(
        "UPDATE index_entries SET outcome = %s, faces = %s, reason = %s WHERE run_id = %s AND number = %s",
        (outcome, faces, reason, run_id, number),
    )


def is_open(connection: Connection, run_id: int, number: int) -> bool:
    """Whether a photo is not looked at yet; until the transaction ends nobody else finishes it."""
    row = connection.execute(
        "SELECT FROM index_entries WHERE run_id = %s AND number = %s AND outcome IS NULL FOR UPDATE",
        (run_id, number),
    ).fetchone()
    return row is not None


def failures(connection: Connection, run_id: int) -> list[Failure]:
    """The photos that could not be indexed, by name."""
    rows = connection.execute(
        "SELECT name, reason FROM index_entries WHERE run_id = %s AND outcome = 'failed' ORDER BY name",
        (run_id,),
    )
    return [Failure(row[0], row[1]) for row in rows]


def remove_gone(connection: Connection, run_id: int, event_id: int) -> None:
    """Removes the event's files that the run's source does not have."""
    connection.execute(
        """
        DELETE FROM files f WHERE f.event_id = %s
            AND NOT EXISTS (SELECT FROM index_entries e WHERE e.run_id = %s AND e.name = f.name)
        """,
        (event_id, run_id),
    )
