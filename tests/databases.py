"""Databases for tests: one embedded server, one migrated template, and a clone of it for each test."""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from pipeline.store import Store
from pipeline.store.embedded import embedded_url

_TEMPLATE = "findme_template"
_numbers = itertools.count(1)


@contextmanager
def running_server() -> Iterator[str]:
    """The address of a server that all workers of a test run share; the last one stops and removes it."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID") or uuid.uuid4().hex
    # pytest closes its own temporary folders to others; as root the server's user could not reach them.
    folder = Path(tempfile.gettempdir()) / f"findme-tests-{run[:12]}"
    with embedded_url(folder / "postgres") as server:
        with psycopg.connect(server.url, autocommit=True) as connection:
            # What a crash would lose need not outlive a test.
            for setting in ("fsync", "synchronous_commit", "full_page_writes"):
                connection.execute(f"ALTER SYSTEM SET {setting} = off")
            connection.execute("SELECT pg_reload_conf()")
        yield server.url
    if not (folder / "postgres" / "postmaster.pid").exists():
        shutil.rmtree(folder, ignore_errors=True)


def make_template(server: str) -> None:
    """A migrated database to clone, made by the first worker that comes."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(1)")
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (_TEMPLATE,)).fetchone():
            connection.execute(f"CREATE DATABASE {_TEMPLATE}_new")
            Store.open(address(server, f"{_TEMPLATE}_new")).close()
            connection.execute(f"ALTER DATABASE {_TEMPLATE}_new RENAME TO {_TEMPLATE}")


@contextmanager
def own_database(server: str, template: str = _TEMPLATE) -> Iterator[str]:
    """The address of a new database, dropped afterwards."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    name = f"test_{worker}_{os.getpid()}_{next(_numbers)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        try:
            yield address(server, name)
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def address(server: str, database: str) -> str:
    """The server's address with another database."""
    return server.replace("/postgres?", f"/{database}?", 1)
