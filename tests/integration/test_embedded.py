"""The embedded server: shared by processes, unharmed by killed ones, in any folder."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from pipeline.errors import DatabaseUnavailable
from pipeline.store.embedded import embedded_url

HOLD = """
import sys
from pathlib import Path
from pipeline.store.embedded import embedded_url
server = embedded_url(Path(sys.argv[1]))
print(server.url, flush=True)
sys.stdin.read()
server.close()
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="findme-embedded-") as parent:
        yield Path(parent) / "postgres"


def hold(folder: Path) -> subprocess.Popen[str]:
    """Another process that holds the server until its standard input ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline().startswith("postgresql://")
    return process


def answers(url: str) -> bool:
    try:
        with psycopg.connect(url) as connection:
            return connection.execute("SELECT 1").fetchone() == (1,)
    except psycopg.OperationalError:
        return False


def test_the_last_process_stops_the_server(folder: Path) -> None:
    server = embedded_url(folder)
    other = hold(folder)
    server.close()
    server.close()
    assert answers(server.url)
    out, said = other.communicate("")
    assert (out, said) == ("", "")
    assert not answers(server.url)


def test_what_was_written_is_there_after_a_restart(folder: Path) -> None:
    with embedded_url(folder) as server, psycopg.connect(server.url) as connection:
        connection.execute("CREATE EXTENSION vector")
        connection.execute("CREATE TABLE kept AS SELECT '[1,2]'::vector AS v")
    with embedded_url(folder) as server, psycopg.connect(server.url) as connection:
        assert connection.execute("SELECT v::text FROM kept").fetchone() == ("[1,2]",)


def test_a_killed_process_keeps_nothing_up_and_takes_nothing_away(folder: Path) -> None:
    with hold(folder) as killed:
        killed.send_signal(signal.SIGKILL)
    with embedded_url(folder) as server:  # joins the server that the killed process left behind
        assert answers(server.url)
    assert not answers(server.url)


def test_a_killed_server_starts_again_though_another_program_has_its_number(folder: Path) -> None:
    with embedded_url(folder) as server:
        pid_file = folder / "postmaster.pid"
        kept = pid_file.read_text()
        os.kill(int(kept.splitlines()[0]), signal.SIGQUIT)
        while pid_file.exists():
            threading.Event().wait(0.02)
    pid_file.write_text("\n".join([str(os.getpid()), *kept.splitlines()[1:]]) + "\n")
    with embedded_url(folder) as server:
        assert answers(server.url)


def test_an_interrupted_start_does_not_spoil_the_folder(folder: Path) -> None:
    half = folder.with_name("postgres.unfinished")
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    with embedded_url(folder) as server:
        assert answers(server.url)


def test_several_threads_start_it_at_once(folder: Path) -> None:
    servers = []
    threads = [threading.Thread(target=lambda: servers.append(embedded_url(folder))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({server.url for server in servers}) == 1
    for server in servers:
        assert answers(server.url)
        server.close()
    assert not answers(servers[0].url)


@pytest.mark.parametrize("name", ["with a space, a comma, $HOME and 'quotes'", "long" * 30, "ünïcode %41?&"])
def test_any_folder_will_do(folder: Path, name: str) -> None:
    with embedded_url(folder.parent / name / "postgres") as server:
        assert answers(server.url)
        sockets = Path(conninfo_to_dict(server.url)["host"])
        assert (sockets / ".s.PGSQL.5432").exists()
    assert sockets == folder.parent / name / "postgres" or not sockets.exists()


def test_refuses_a_folder_of_something_else(folder: Path) -> None:
    folder.mkdir()
    (folder / "thesis.txt").write_text("years of work")
    with pytest.raises(DatabaseUnavailable, match="something else"):
        embedded_url(folder)
    assert (folder / "thesis.txt").exists()


def test_refuses_another_versions_data(folder: Path) -> None:
    folder.mkdir()
    (folder / "PG_VERSION").write_text("16\n")
    with pytest.raises(DatabaseUnavailable, match="PostgreSQL 16"):
        embedded_url(folder)


def test_says_so_where_it_cannot_write() -> None:
    with pytest.raises(DatabaseUnavailable, match="FINDME_DATA_DIR"):
        embedded_url(Path("/dev/null/findme/postgres"))
