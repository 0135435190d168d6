"""Brings a database's tables up to date, from numbered SQL files."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib import resources

import psycopg

from pipeline.errors import DatabaseUnavailable
from pipeline.store import queue
from pipeline.store.connect import Connection

OLDEST_PGVECTOR = (0, 8)

# Any constant will do; it is the project's own so that other users of the database do not meet it.
_LOCK = 0x46696E644D65  # "FindMe"
_LOCK_WAIT = "5min"
_FILE_NAME = re.compile(r"(\d{4})_(\w+)\.sql")


@dataclass(frozen=True, slots=True)
class Migration:
    """One step: a numbered SQL file."""

    number: int
    name: str  # what it does, as in the file's name
    sql: str


def migrations() -> list[Migration]:
    """The steps that come with the code, in order."""
    folder = resources.files("pipeline.store") / "migrations"
    found = [
        Migration(int(match[1]), match[2], file.read_text(encoding="utf-8"))
        for file in folder.iterdir()
        if (match := _FILE_NAME.fullmatch(file.name))
    ]
    return sorted(found, key=lambda migration: migration.number)


def migrate(connection: Connection) -> None:
    """Applies the steps that are missing, each in one transaction with its record, and the queue's own.

    Safe to run at every start, and by several processes at once: they queue on a lock. Raises
    DatabaseUnavailable when pgvector is missing or too old, or when the tables are newer than the code.
    """
    steps = migrations()
    if _applied(connection) == {step.number for step in steps} and queue.is_up(connection):
        _check_pgvector(connection)
        return
    with connection.transaction():
        connection.execute("SELECT set_config('lock_timeout', %s, true)", (_LOCK_WAIT,))
        connection.execute("SELECT set_config('statement_timeout', '0', true)")
        connection.execute("SELECT pg_advisory_lock(%s)", (_LOCK,))
    try:
        _require_pgvector(connection)
        _apply(connection, steps)
        queue.bring_up(connection)
    finally:
        if not connection.closed and not connection.broken:
            connection.rollback()
            connection.execute("SELECT pg_advisory_unlock(%s)", (_LOCK,))
            connection.commit()


def _apply(connection: Connection, steps: list[Migration]) -> None:
    with connection.transaction():
        connection.execute(
            "CREATE TABLE IF NOT EXISTS migrations ("
            " number integer PRIMARY KEY,"
            " name text NOT NULL,"
            " applied_at timestamptz NOT NULL DEFAULT now())"
        )
    applied = _applied(connection)
    newest = max(step.number for step in steps)
    if applied and max(applied) > newest:
        raise DatabaseUnavailable(
            f"The database was written by a newer FindMe (tables of version {max(applied)}, this one knows "
            f"{newest}). Update this installation."
        )
    for step in steps:
        if step.number not in applied:
            with connection.transaction():
                connection.execute("SELECT set_config('statement_timeout', '0', true)")
                connection.execute(step.sql.encode())
                connection.execute(
                    "INSERT INTO migrations (number, name) VALUES (%s, %s)", (step.number, step.name)
                )


def _applied(connection: Connection) -> set[int]:
    with connection.transaction():
        there = connection.execute("SELECT to_regclass('migrations') IS NOT NULL").fetchone()
        if there is None or not there[0]:
            return set()
        return {row[0] for row in connection.execute("SELECT number FROM migrations")}


def _require_pgvector(connection: Connection) -> None:
    """Makes the extension in this database unless it is there."""
    if _pgvector_version(connection) is None:
        try:
            with connection.transaction():
                connection.execute("CREATE EXTENSION vector")
        except (psycopg.errors.FeatureNotSupported, psycopg.errors.UndefinedFile) as error:
            raise DatabaseUnavailable(
                "The database server lacks pgvector. Install it there (Debian: postgresql-NN-pgvector; or "
                "use the image pgvector/pgvector), or leave DATABASE_URL empty to use the embedded database."
            ) from error
        except psycopg.errors.InsufficientPrivilege as error:
            raise DatabaseUnavailable(
                "The database user may not add pgvector. As a superuser, run CREATE EXTENSION vector "
                "in this database once."
            ) from error
    _check_pgvector(connection)


def _check_pgvector(connection: Connection) -> None:
    version = _pgvector_version(connection)
    if version is None or tuple(int(part) for part in version.split(".")[:2]) < OLDEST_PGVECTOR:
        raise DatabaseUnavailable(
            f"The database has pgvector {version or 'no longer'}; FindMe needs "
            f"{'.'.join(map(str, OLDEST_PGVECTOR))} or newer. Install it on the server, then run "
            "ALTER EXTENSION vector UPDATE in this database."
        )


def _pgvector_version(connection: Connection) -> str | None:
    with connection.transaction():
        row = connection.execute("SELECT extversion FROM pg_extension WHERE extname = 'vector'").fetchone()
    return None if row is None else str(row[0])
