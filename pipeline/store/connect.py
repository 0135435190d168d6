"""Connections to PostgreSQL: opened, checked and set up, and their errors said in sentences."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from pgvector.psycopg import register_vector
from psycopg.adapt import AdaptersMap
from psycopg.rows import TupleRow
from psycopg_pool import ConnectionPool, PoolClosed, PoolTimeout, TooManyRequests

from pipeline.errors import DatabaseUnavailable, ValueRefused

log = logging.getLogger(__name__)

Connection = psycopg.Connection[TupleRow]

OLDEST_SERVER = 15
CONNECT_SECONDS = 10
# A person waits for an answer: no statement of a search takes longer than this.
STATEMENT_SECONDS = 30
LOCK_SECONDS = 15
# A process that hangs in the middle of a transaction must not hold its locks for ever.
IDLE_SECONDS = 120

# The default database's answer times do not suffer from a few more idle connections, while too few
# would make searches queue behind each other: the bot searches from several threads.
POOL_SIZE = 12
POOL_WAIT_SECONDS = 10

_KEEPALIVE: dict[str, Any] = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}


@contextmanager
def explained() -> Iterator[None]:
    """Turns the driver's failures to reach or use the server into DatabaseUnavailable."""
    try:
        yield
    except (PoolTimeout, PoolClosed, TooManyRequests) as error:
        raise DatabaseUnavailable(
            "The database does not answer. Check that PostgreSQL is running and reachable, then try again."
        ) from error
    except psycopg.errors.QueryCanceled as error:
        raise DatabaseUnavailable(
            f"The database took longer than {STATEMENT_SECONDS} seconds to answer. Try again when it is "
            "less busy."
        ) from error
    except psycopg.errors.DiskFull as error:
        raise DatabaseUnavailable("The database's disk is full. Free some space, then try again.") from error
    except psycopg.errors.LockNotAvailable as error:
        raise DatabaseUnavailable(
            "The database is locked by other work on the same rows. Try again in a minute."
        ) from error
    except psycopg.errors.InsufficientPrivilege as error:
        raise DatabaseUnavailable(
            "The database user may not read and write FindMe's tables. Use the user that created them, "
            "or grant it the rights on them."
        ) from error
    except psycopg.DataError as error:
        log.exception("The database refused a value")
        raise ValueRefused(
            "The database refused a value: it holds or was given something that FindMe does not expect. Run "
            "findme doctor; the log has details."
        ) from error
    except (psycopg.OperationalError, psycopg.InterfaceError) as error:
        raise DatabaseUnavailable(
            "The connection to the database was lost. Check that PostgreSQL is running, then try again."
        ) from error


def connect(database_url: str, adapters: AdaptersMap | None = None) -> Connection:
    """One connection of its own, set up like those of the pool; it knows the types of `adapters`.

    Raises DatabaseUnavailable.
    """
    try:
        connection = psycopg.connect(
            database_url, connect_timeout=CONNECT_SECONDS, context=adapters, **_KEEPALIVE
        )
    except psycopg.ProgrammingError as error:
        raise DatabaseUnavailable(
            "DATABASE_URL is not a PostgreSQL address. It looks like "
            "postgresql://user:password@host:5432/database."
        ) from error
    except psycopg.OperationalError as error:
        raise DatabaseUnavailable(_why_refused(error)) from error
    version = connection.info.server_version // 10000
    if version < OLDEST_SERVER:
        connection.close()
        raise DatabaseUnavailable(
            f"The database server is PostgreSQL {version}; FindMe needs {OLDEST_SERVER} or newer. "
            "Upgrade it, or set DATABASE_URL to another server."
        )
    set_up(connection)
    return connection


def open_pool(database_url: str, adapters: AdaptersMap) -> ConnectionPool[Connection]:
    """A pool that survives a restart of the server: each connection is tried before it is handed out."""
    return ConnectionPool(
        database_url,
        kwargs={"connect_timeout": CONNECT_SECONDS, "context": adapters, **_KEEPALIVE},
        min_size=1,
        max_size=POOL_SIZE,
        # Attempts to reconnect back off exponentially, and requests wait for them. Giving up early lets the
        # next request start afresh, so that the pool is back as soon as the server is; see `pooled`.
        reconnect_timeout=1,
        max_idle=300,
        check=ConnectionPool.check_connection,
        configure=set_up,
        open=True,
        name="findme",
    )


@contextmanager
def pooled(pool: ConnectionPool[Connection]) -> Iterator[Connection]:
    """A connection of the pool: committed at the end, rolled back on an error.

    Asks again every second: a pool that has given up on its server tries it anew only when it is asked.
    """
    end = time.monotonic() + POOL_WAIT_SECONDS
    while True:
        try:
            connection = pool.getconn(timeout=1)
            break
        except PoolTimeout:
            if time.monotonic() > end:
                raise
    try:
        with connection:
            yield connection
    finally:
        pool.putconn(connection)


def set_up(connection: Connection) -> None:
    """Sets a new connection's limits on time."""
    limits = {
        "application_name": "findme",
        "statement_timeout": f"{STATEMENT_SECONDS}s",
        "lock_timeout": f"{LOCK_SECONDS}s",
        "idle_in_transaction_session_timeout": f"{IDLE_SECONDS}s",
        "TimeZone": "UTC",
        # A machine that is gone must not keep its locks for the hours that TCP would wait.
        "tcp_keepalives_idle": "10",
        "tcp_keepalives_interval": "5",
        "tcp_keepalives_count": "3",
        "tcp_user_timeout": "30s",
        # Compiling a query costs more than these short ones take.
        "jit": "off",
        # A large event is to be scanned by several processes. The planner does not see that it pays: it takes
        # a distance for as cheap as a sum, and the few faces that they hand on for a third of all.
        "parallel_setup_cost": "100",
        "parallel_tuple_cost": "0",
    }
    for name, value in limits.items():
        connection.execute("SELECT set_config(%s, %s, false)", (name, value))
    connection.commit()


def vector_types(connection: Connection) -> AdaptersMap:
    """pgvector's types, for all connections to the same database; the extension must be there.

    Asked for once: pgvector makes new classes each time, which the driver keeps for ever. A worker, which
    takes a connection a job, would grow by some kilobytes with each.
    """
    register_vector(connection)
    connection.commit()
    return AdaptersMap(connection.adapters)


def _why_refused(error: psycopg.OperationalError) -> str:
    # libpq reports a refused login without a code that psycopg passes on, so its words must do.
    said = str(error)
    if "starting up" in said or "shutting down" in said or "recovery mode" in said:
        return "The database server is starting or stopping. Try again in a moment."
    if "password" in said or "authentication" in said or "no pg_hba.conf entry" in said or "role" in said:
        return "The database refused the login. Check the user and password in DATABASE_URL."
    if "database" in said and "does not exist" in said:
        return "The server has no such database. Create it (createdb), or mend the name in DATABASE_URL."
    if "too many" in said or "remaining connection slots" in said:
        return "The database server has no connection left. Raise its max_connections, or stop other clients."
    if "FATAL" in said:  # the server's own words may be in any language
        return (
            "The database server refused the connection. Check user, password and database in DATABASE_URL."
        )
    return (
        "The database cannot be reached. Check that PostgreSQL is running and that DATABASE_URL names "
        "the right host and port; leave DATABASE_URL empty to use the embedded database."
    )
