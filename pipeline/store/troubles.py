"""Troubles: what keeps a run from going on, and since when."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.store.connect import Connection

_GAP_SECONDS = 900
"""Longer than any pause: where no try began for so long after the last one, nobody was there to try."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """A run's trouble."""

    seconds: float  # it has lasted, without the time in which nobody tried
    listed: bool  # the source has been reached: by this run, or by another of the same event


def begin(connection: Connection, run_id: int) -> None:
    """Notes that a try begins, which may last for long itself.

    Time in which nobody tried does not count. What the trouble had lasted before does: workers that are
    always busy elsewhere for so long would else never come to an end with the run.
    """
    connection.execute(
        """
        UPDATE index_runs SET retry_at = greatest(retry_at, now()),
            trouble_since = CASE
                WHEN retry_at < now() - make_interval(secs => %(gap)s)
                THEN trouble_since + (now() - retry_at) ELSE trouble_since
            END
        WHERE id = %(run)s AND ended_at IS NULL AND trouble IS NOT NULL
        """,
        {"run": run_id, "gap": _GAP_SECONDS},
    )


def note(connection: Connection, run_id: int, sentence: str) -> Trouble | None:
    """Notes that a try failed; None when the run has ended."""
    row = connection.execute(
        """
        UPDATE index_runs r SET trouble = %(sentence)s, retry_at = now(),
            trouble_since = coalesce(trouble_since, now())
        WHERE id = %(run)s AND ended_at IS NULL
        RETURNING extract(epoch FROM now() - trouble_since)::float, event_id IS NOT NULL
            OR EXISTS (SELECT FROM events e WHERE e.team = r.team AND e.slug_folded = r.slug_folded)
        """,
        {"sentence": sentence, "run": run_id},
    ).fetchone()
    return None if row is None else Trouble(row[0], row[1])


def wait(connection: Connection, run_id: int, seconds: float) -> None:
    """Nobody tries again for so long."""
    connection.execute(
        "UPDATE index_runs SET retry_at = now() + make_interval(secs => %s)"
        " WHERE id = %s AND trouble IS NOT NULL",
        (seconds, run_id),
    )


def left(connection: Connection, run_id: int) -> float:
    """Seconds until somebody may try again."""
    row = connection.execute(
        "SELECT greatest(0, extract(epoch FROM retry_at - now()))::float FROM index_runs"
        " WHERE id = %s AND ended_at IS NULL AND retry_at IS NOT NULL",
        (run_id,),
    ).fetchone()
    return float(row[0]) if row else 0.0


def clear(connection: Connection, run_id: int) -> None:
    """Notes that the run goes on; in a transaction of its own, since others hold the run meanwhile."""
    connection.execute(
        "UPDATE index_runs SET trouble = NULL, trouble_since = NULL, retry_at = NULL"
        " WHERE id = %s AND trouble IS NOT NULL",
        (run_id,),
    )
