"""Runs: requests to bring an event up to date, and how far they are."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, LiteralString

from pipeline.runs import IndexRun, RunRequest, RunState
from pipeline.store.connect import Connection
from pipeline.store.names import folded
from pipeline.types import EventKey, Progress

_SELECT: LiteralString = """
    SELECT r.id, r.team, r.slug, r.channel, r.source, r.recognizer, r.asked_by, r.report, r.event_id,
        r.state, r.reason, r.total, r.added, r.skipped, r.removed, r.faces, r.failed,
        extract(epoch FROM coalesce(r.ended_at, now()) - r.asked_at)::float,
        seen.done, seen.faces, seen.failed, r.ended_at, r.trouble, r.fetched, r.fetch_size
    FROM index_runs r
    CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE outcome IS NOT NULL) AS done,
            coalesce(sum(faces), 0)::bigint AS faces,
            count(*) FILTER (WHERE outcome = 'failed') AS failed
        FROM index_entries e WHERE e.run_id = r.id AND r.ended_at IS NULL
    ) AS seen
"""


def add(connection: Connection, request: RunRequest) -> int | None:
    """Makes a run; None when one of the same event is not finished. The event's former runs are dropped."""
    key = request.key
    team, slug_folded = key.team, folded(key.slug)
    connection.execute(
        "DELETE FROM index_runs WHERE team = %s AND slug_folded = %s AND ended_at IS NOT NULL"
        " AND (reported OR report IS NULL)",
        (team, slug_folded),
    )
    row = connection.execute(
        """
        INSERT INTO index_runs (team, slug, slug_folded, channel, source, recognizer, asked_by, report)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
        ON CONFLICT (team, slug_folded) WHERE ended_at IS NULL DO NOTHING RETURNING id
        """,
        (
            *(team, key.slug, slug_folded, key.channel),
            *(request.source, request.recognizer, request.asked_by, _json(request.report)),
        ),
    ).fetchone()
    return None if row is None else int(row[0])


def get(connection: Connection, run_id: int) -> IndexRun | None:
    """One run, or None when it or its event has been erased."""
    row = connection.execute(_SELECT + " WHERE r.id = %s", (run_id,)).fetchone()
    return None if row is None else _run(row)


def unfinished(connection: Connection) -> list[IndexRun]:
    """The runs that have not ended, in order."""
    rows = connection.execute(_SELECT + " WHERE r.ended_at IS NULL ORDER BY r.id")
    return [_run(row) for row in rows]


def ended(connection: Connection, team: str, most: int) -> list[IndexRun]:
    """A team's last runs that have ended, one an event, the latest first."""
    rows = connection.execute(
        _SELECT
        + """
        WHERE r.team = %s AND r.ended_at IS NOT NULL AND NOT EXISTS (
            SELECT FROM index_runs later
            WHERE later.team = r.team AND later.slug_folded = r.slug_folded AND later.id > r.id
        )
        ORDER BY r.ended_at DESC LIMIT %s
        """,
        (team, most),
    )
    return [_run(row) for row in rows]


def unreported(connection: Connection) -> list[IndexRun]:
    """The runs whose askers have not been told how they ended, in order."""
    rows = connection.execute(_SELECT + " WHERE r.report IS NOT NULL AND NOT r.reported ORDER BY r.id")
    return [_run(row) for row in rows]


def is_running(connection: Connection, key: EventKey) -> bool:
    """Whether a run of this event has not ended."""
    row = connection.execute(
        "SELECT FROM index_runs WHERE team = %s AND slug_folded = %s AND ended_at IS NULL",
        (key.team, folded(key.slug)),
    ).fetchone()
    return row is not None


def hold(connection: Connection, run_id: int, *, alone: bool = False) -> RunState | None:
    """The state of an unfinished run, which stays so until the transaction ends; None = it has ended.

    `alone`: nobody else may hold it meanwhile, so that the state may be changed.
    """
    query: LiteralString = "SELECT state FROM index_runs WHERE id = %s AND ended_at IS NULL"
    lock: LiteralString = " FOR NO KEY UPDATE" if alone else " FOR SHARE"
    row = connection.execute(query + lock, (run_id,)).fetchone()
    return None if row is None else RunState(row[0])


def begin_listing(connection: Connection, run_id: int) -> int:
    """Counts an attempt to list the source, before it is made; how many there were, this one included."""
    row = connection.execute(
        "UPDATE index_runs SET listings = listings + 1 WHERE id = %s RETURNING listings", (run_id,)
    ).fetchone()
    return 0 if row is None else int(row[0])


def take_back_listing(connection: Connection, run_id: int) -> None:
    """Takes an attempt back that ended for a reason that is not the source's."""
    connection.execute("UPDATE index_runs SET listings = greatest(listings - 1, 0) WHERE id = %s", (run_id,))


def note_fetching(connection: Connection, run_id: int, come: int, size: int) -> None:
    """Notes how many bytes of an archive have come, of how many, unless the run has ended."""
    connection.execute(
        "UPDATE index_runs SET fetched = %s, fetch_size = %s WHERE id = %s AND ended_at IS NULL",
        (come, size, run_id),
    )


def begin_reading(connection: Connection, run_id: int, event_id: int, total: int) -> None:
    """Notes that the source is listed."""
    connection.execute(
        "UPDATE index_runs SET state = 'reading', event_id = %s, total = %s WHERE id = %s",
        (event_id, total, run_id),
    )


def end(
    connection: Connection, run_id: int, state: RunState, *, reason: str | None = None, removed: int = 0
) -> bool:
    """Ends a run with its counts, and drops its entries but the failed; whether it had not ended before."""
    ended = connection.execute(
        """
        UPDATE index_runs r SET state = %(state)s, reason = %(reason)s, removed = %(removed)s,
            ended_at = now(), added = seen.added, skipped = seen.skipped, failed = seen.failed,
            faces = seen.faces
        FROM (
            SELECT count(*) FILTER (WHERE outcome = 'added') AS added,
                count(*) FILTER (WHERE outcome = 'skipped') AS skipped,
                count(*) FILTER (WHERE outcome = 'failed') AS failed,
                coalesce(sum(faces), 0)::bigint AS faces
            FROM index_entries WHERE run_id = %(run)s
        ) AS seen
        WHERE r.id = %(run)s AND r.ended_at IS NULL
        """,
        {"run": run_id, "state": str(state), "reason": reason, "removed": removed},
    ).rowcount
    if ended:
        connection.execute(
            "DELETE FROM index_entries WHERE run_id = %s AND outcome IS DISTINCT FROM 'failed'", (run_id,)
        )
    return bool(ended)


def set_report(connection: Connection, run_id: int, report: Mapping[str, Any]) -> None:
    """Keeps where the asker reads of a run."""
    connection.execute("UPDATE index_runs SET report = %s WHERE id = %s", (_json(report), run_id))


def mark_reported(connection: Connection, run_id: int) -> None:
    """Notes that the asker has been told, and forgets who it was."""
    connection.execute(
        "UPDATE index_runs SET reported = true, asked_by = NULL, report = NULL WHERE id = %s", (run_id,)
    )


def _json(report: Mapping[str, Any] | None) -> str | None:
    return None if report is None else json.dumps(report)


def _run(row: Sequence[Any]) -> IndexRun:
    (run_id, team, slug, channel, source, recognizer, asked_by, report, event_id, state, reason) = row[:11]
    (total, added, skipped, removed, found, failed, seconds, seen, seen_faces, seen_failed) = row[11:21]
    ended_at, trouble, fetched, fetch_size = row[21:]
    over = ended_at is not None
    done = added + skipped + failed if over else seen
    faces, bad = (found, failed) if over else (seen_faces, seen_failed)
    return IndexRun(
        id=run_id,
        request=RunRequest(EventKey(slug, team, channel), source, recognizer, asked_by, report),
        event_id=event_id,
        state=RunState(state),
        reason=reason,
        progress=_progress(
            total,
            (done, faces, bad),
            trouble="" if over else trouble or "",
            fetching=None if over or fetched is None else (fetched, fetch_size),
        ),
        added=added,
        skipped=skipped,
        removed=removed,
        seconds=seconds,
        ended_at=ended_at,
    )


def _progress(
    total: int | None, seen: tuple[int, int, int], *, trouble: str, fetching: tuple[int, int] | None
) -> Progress | None:
    """How far it is; None where the source is being listed, and nothing else is to be said."""
    done, found, failed = seen
    if total is None:
        return Progress(0, 0, 0, 0, trouble=trouble, fetching=fetching) if trouble or fetching else None
    return Progress(done, total, found, failed, trouble=trouble)
