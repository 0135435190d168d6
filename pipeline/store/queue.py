"""The queue in the database: procrastinate's tables, jobs put in with our own rows, jobs taken over."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.store.connect import Connection

if TYPE_CHECKING:
    from procrastinate import App
    from procrastinate.types import JSONDict

QUEUE = "findme"
STALLED_SECONDS = 30.0
"""A worker whose last sign of life is older counts as dead."""

LAST = -1
"""The priority of jobs that come after all others."""


@dataclass(frozen=True, slots=True)
class QueueState:
    """What is in the queue, and who works on it."""

    waiting: int  # jobs that no worker has begun
    running: int  # jobs in the hands of a worker that is alive
    stalled: int  # jobs of workers that are dead; any other worker takes them over
    workers: int  # processes that are alive


def bring_up(connection: Connection) -> None:
    """Makes procrastinate's tables, or brings them up to date; the caller holds the lock on migrations.

    The package's scripts are recorded by name in a table of ours: procrastinate keeps no such record.
    """
    if is_up(connection):
        return
    with connection.transaction():
        connection.execute("SELECT set_config('statement_timeout', '0', true)")
        connection.execute(
            "CREATE TABLE IF NOT EXISTS queue_migrations ("
            " name text PRIMARY KEY,"
            " applied_at timestamptz NOT NULL DEFAULT now())"
        )
        applied = _applied(connection)
        missing = [script for script in _scripts() if script.name not in applied]
        if not applied:
            connection.execute((_folder() / "schema.sql").read_bytes())
        for script in missing:
            if applied:
                connection.execute(script.read_bytes())
            connection.execute("INSERT INTO queue_migrations (name) VALUES (%s)", (script.name,))


def is_up(connection: Connection) -> bool:
    """Whether the tables are those of the installed package."""
    with connection.transaction():
        row = connection.execute("SELECT to_regclass('queue_migrations') IS NOT NULL").fetchone()
        there = row is not None and bool(row[0])
        return there and {script.name for script in _scripts()} <= _applied(connection)


def defer(connection: Connection, task: str, arguments: Sequence[JSONDict], *, priority: int = 0) -> None:
    """Puts a job for each set of arguments into the queue, in the connection's own transaction.

    Jobs of a higher priority are done first, those of the same in order.
    """
    from procrastinate.exceptions import ConnectorException

    try:
        job = _deferring().configure_task(task, queue=QUEUE, priority=priority, connection=connection)
        job.batch_defer(*arguments)
    except ConnectorException as error:
        raise error.__cause__ or error from None


def put_last(connection: Connection, run_id: int) -> None:
    """Puts a run's jobs behind those of all others, also those in hand, which may come back.

    They stay there: whoever meets other runs like it puts those there too, so that they keep their order.
    """
    connection.execute(
        "UPDATE procrastinate_jobs SET priority = %(last)s WHERE queue_name = %(queue)s"
        " AND status IN ('todo', 'doing') AND args->>'run' = %(run)s::text AND priority > %(last)s",
        {"last": LAST, "queue": QUEUE, "run": run_id},
    )


def any_before_last(connection: Connection) -> bool:
    """Whether a job may be begun now that is not put last."""
    row = connection.execute(
        "SELECT FROM procrastinate_jobs WHERE queue_name = %s AND status = 'todo' AND priority > %s"
        " AND (scheduled_at IS NULL OR scheduled_at <= now()) LIMIT 1",
        (QUEUE, LAST),
    ).fetchone()
    return row is not None


def take_over(connection: Connection, seconds: float) -> int:
    """Gives jobs of workers without a sign of life for so long back to the queue; how many.

    Several workers may do so at once. As procrastinate's retry_job, for jobs that are still stalled.
    """
    rows = connection.execute(
        """
        WITH stalled AS (
            SELECT job.id FROM procrastinate_jobs job
            WHERE job.status = 'doing' AND job.queue_name = %(queue)s AND NOT EXISTS (
                SELECT FROM procrastinate_workers worker WHERE worker.id = job.worker_id
                AND worker.last_heartbeat > now() - make_interval(secs => %(seconds)s)
            )
            FOR UPDATE SKIP LOCKED
        )
        SELECT procrastinate_retry_job_v2(id, now(), NULL, NULL, NULL) FROM stalled
        """,
        {"queue": QUEUE, "seconds": seconds},
    ).fetchall()
    return len(rows)


def state(connection: Connection, seconds: float = STALLED_SECONDS) -> QueueState:
    """What is in the queue now; workers without a sign of life for so long count as dead."""
    row = connection.execute(
        """
        WITH alive AS (
            SELECT id FROM procrastinate_workers
            WHERE last_heartbeat > now() - make_interval(secs => %(seconds)s)
        )
        SELECT count(*) FILTER (WHERE status = 'todo'),
            count(*) FILTER (WHERE status = 'doing' AND worker_id IN (SELECT id FROM alive)),
            count(*) FILTER (WHERE status = 'doing'
                AND (worker_id IS NULL OR worker_id NOT IN (SELECT id FROM alive))),
            (SELECT count(*) FROM alive)
        FROM procrastinate_jobs WHERE queue_name = %(queue)s
        """,
        {"queue": QUEUE, "seconds": seconds},
    ).fetchone()
    assert row is not None  # noqa: S101  (an aggregate always gives a row)
    return QueueState(*map(int, row))


@cache
def _deferring() -> App:
    """An app that has no connections of its own. The import takes long, and searching needs none of it."""
    from procrastinate import App, SyncPsycopgConnector

    return App(connector=SyncPsycopgConnector())


def _applied(connection: Connection) -> set[str]:
    return {row[0] for row in connection.execute("SELECT name FROM queue_migrations")}


def _scripts() -> list[Path]:
    """The package's steps, in order: they are named by version."""
    return sorted((_folder() / "migrations").glob("*.sql"), key=lambda script: script.name)


def _folder() -> Path:
    """Where the package keeps its SQL; found without importing it."""
    spec = importlib.util.find_spec("procrastinate")
    assert spec is not None  # noqa: S101  (a dependency)
    assert spec.origin is not None  # noqa: S101
    return Path(spec.origin).parent / "sql"
