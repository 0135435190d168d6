"""Opening a database: migrations, refusals in sentences, a server that restarts."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from pipeline.errors import DatabaseUnavailable
from pipeline.store import Store, connect, events, migrate
from pipeline.store.embedded import embedded_url
from tests.databases import address, own_database

OPEN = "import sys; from pipeline.store import Store; Store.open(sys.argv[1]).close()"


def test_migrations_are_numbered_from_one_without_gaps() -> None:
    assert [step.number for step in migrate.migrations()] == list(range(1, len(migrate.migrations()) + 1))


def test_migrating_again_changes_nothing(database_url: str) -> None:
    def applied() -> list[tuple[object, ...]]:
        with psycopg.connect(database_url) as connection:
            return connection.execute("SELECT * FROM migrations ORDER BY number").fetchall()

    before = applied()
    Store.open(database_url).close()
    assert applied() == before
    assert len(before) == len(migrate.migrations())


def test_several_processes_migrate_at_once(database_server: str) -> None:
    with own_database(database_server, template="template0") as url:
        processes = [
            subprocess.Popen([sys.executable, "-c", OPEN, url], stderr=subprocess.PIPE) for _ in range(3)
        ]
        for process in processes:
            _, said = process.communicate()
            assert (process.returncode, said) == (0, b"")
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT count(*) FROM migrations").fetchone() == (
                len(migrate.migrations()),
            )


def test_a_failing_step_leaves_no_trace(database_server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    good = migrate.migrations()
    bad = migrate.Migration(len(good) + 1, "bad", "CREATE TABLE half (id int); SELECT * FROM nothing;")
    with own_database(database_server, template="template0") as url:
        monkeypatch.setattr(migrate, "migrations", lambda: [*good, bad])
        with pytest.raises(psycopg.errors.UndefinedTable):
            Store.open(url)
        monkeypatch.undo()
        with Store.open(url), psycopg.connect(url) as connection:
            assert connection.execute("SELECT to_regclass('half')").fetchone() == (None,)


def test_events_of_an_older_version_are_counted_and_named_in_one_form(
    database_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = migrate.migrations()[:1]
    with own_database(database_server, template="template0") as url:
        monkeypatch.setattr(migrate, "migrations", lambda: first)
        Store.open(url).close()
        monkeypatch.undo()
        with psycopg.connect(url) as connection:
            connection.execute("INSERT INTO spaces (name, recognizer, dimensions) VALUES ('s-1', 's', 8)")
            for slug in ("cafe\u0301", "the\u0301", "th\u00e9"):
                connection.execute(
                    "INSERT INTO events (team, slug, slug_folded, source, space_id)"
                    " VALUES ('', %s, %s, '', 1)",
                    (slug, slug),
                )
            connection.execute(
                "INSERT INTO photos (event_id, sha256, width, height, faces)"
                " VALUES (1, 'x', 1, 1, 2), (1, 'y', 1, 1, 3)"
            )
        with Store.open(url) as store, store.transaction() as connection:
            event = events.named(connection, "CAF\u00c9", None)
            assert event is not None
            assert (event.id, event.photos, event.faces) == (1, 2, 5)
            assert [(one.id, one.photos, one.faces) for one in events.listed(connection, None)] == [
                (3, 0, 0),
                (2, 0, 0),
                (1, 2, 5),
            ]


def test_tables_of_a_newer_version_are_refused(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("INSERT INTO migrations (number, name) VALUES (999, 'of_the_future')")
    with pytest.raises(DatabaseUnavailable, match="newer FindMe"):
        Store.open(database_url)


def test_says_what_is_wrong_with_the_address(database_server: str, tmp_path: Path) -> None:
    for url, words in [
        ("postgresql://127.0.0.1:1/x", "cannot be reached"),
        (f"postgresql://nobody@/x?host={tmp_path}", "cannot be reached"),
        (address(database_server, "nothing_here"), "no such database"),
        (database_server.replace("postgres@", "stranger@", 1), "refused the login"),
        ("mysql://localhost/x", "is not a PostgreSQL address"),
        ("postgresql://localhost/x?nonsense=1", "is not a PostgreSQL address"),
    ]:
        with pytest.raises(DatabaseUnavailable, match=words) as refused:
            Store.open(url)
        assert str(refused.value).endswith(".")


def test_a_login_without_rights_is_told_so(database_server: str) -> None:
    with own_database(database_server, template="template0") as url:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("DROP ROLE IF EXISTS guest")
            connection.execute("CREATE ROLE guest LOGIN")
        guest = url.replace("postgres@", "guest@", 1)
        with pytest.raises(DatabaseUnavailable, match="CREATE EXTENSION vector"):
            Store.open(guest)
        Store.open(url).close()
        with pytest.raises(DatabaseUnavailable, match="may not read"):
            Store.open(guest)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("DROP ROLE guest")


def test_a_value_that_the_database_refuses_is_told_in_a_sentence(store: Store) -> None:
    for refused in ("SELECT '[1,2]'::vector <-> '[1]'::vector", "SELECT 1 / 0"):
        with pytest.raises(DatabaseUnavailable, match="refused a value"), store.transaction() as connection:
            connection.execute(refused)
    store.ping()


def test_an_old_pgvector_is_refused(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("UPDATE pg_extension SET extversion = '0.7.4' WHERE extname = 'vector'")
    with pytest.raises(DatabaseUnavailable, match=r"0\.8 or newer"):
        Store.open(database_url)


def test_the_store_comes_back_with_the_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connect, "POOL_WAIT_SECONDS", 1)
    folder = tmp_path / "postgres"
    server = embedded_url(folder)
    with Store.open(server.url) as store:
        for _ in range(3):
            with store.transaction() as connection:
                assert events.listed(connection, None) == []
        server.close()
        with pytest.raises(DatabaseUnavailable), store.transaction() as connection:
            events.listed(connection, None)
        monkeypatch.setattr(connect, "POOL_WAIT_SECONDS", 60)
        with embedded_url(folder), store.transaction() as connection:
            assert events.listed(connection, None) == []


def test_a_connection_that_is_cut_is_replaced(store: Store, database_server: str, database_url: str) -> None:
    for _ in range(3):
        with store.transaction() as connection:
            assert events.listed(connection, None) == []
        with psycopg.connect(database_server, autocommit=True) as connection:
            database = database_url.split("@/")[1].split("?")[0]
            cut = connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (database,)
            )
            assert cut.fetchall()
