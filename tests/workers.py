"""Worker processes for tests, and what there is to watch of them."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from pipeline.blame import DECODING
from pipeline.errors import DatabaseUnavailable
from pipeline.index_queue import IndexQueue
from pipeline.runs import IndexRun, RunRequest
from pipeline.types import EventKey
from tests.fakes.recognizer import BLUE, RED, picture

PATIENCE_SECONDS = 120
KEY = EventKey("crab-week", "T1", "C1")


class Workers:
    """Worker processes on one database; those that still live at the end are killed."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._processes: list[subprocess.Popen[bytes]] = []

    def start(self, seconds: float = 0.0, *, unfit: bool = False) -> subprocess.Popen[bytes]:
        """Another one, which takes so long for a photo; an unfit one lacks its recognizer."""
        words = [self._url, str(seconds), *(["unfit"] if unfit else [])]
        process = subprocess.Popen([sys.executable, "-m", "tests.fakes.worker", *words])
        self._processes.append(process)
        return process

    def close(self) -> None:
        """Kills what is left."""
        for process in self._processes:
            process.kill()
            process.wait()


@contextmanager
def workers(url: str) -> Iterator[Workers]:
    """No worker yet."""
    crew = Workers(url)
    try:
        yield crew
    finally:
        crew.close()


def submit(queue: IndexQueue, source: Path | str, key: EventKey = KEY, recognizer: str | None = None) -> int:
    """Asks for a run as U1 does in Slack, and gives its number."""
    run_id = queue.submit(RunRequest(key, str(source), recognizer, asked_by="U1"))
    assert run_id is not None
    return run_id


def never() -> bool:
    """Whether to stop: nobody wants it."""
    return False


def end_connections(url: str) -> None:
    """As a database does that restarts, to those who hold locks in it."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_database d ON d.oid = database"
            " WHERE locktype = 'advisory' AND datname = current_database()"
        )


def kill(process: subprocess.Popen[bytes], url: str) -> None:
    """As the kernel kills when memory is short, but never twice over the same photo.

    A photo in whose midst two workers ended is rightly taken for a poisonous one.
    """
    while True:
        process.send_signal(signal.SIGSTOP)
        time.sleep(0.1)  # what it has just asked of the database is done
        with psycopg.connect(url) as connection:
            tried_again = connection.execute(
                "SELECT FROM index_entries WHERE outcome IS NULL AND attempts > %s LIMIT 1", (DECODING,)
            ).fetchone()
        if tried_again is None:
            break
        process.send_signal(signal.SIGCONT)
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()


def wait_for(reached: Callable[[], bool]) -> None:
    """Waits until something is so; a database that is being restarted is no answer."""
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        try:
            if reached():
                return
        except DatabaseUnavailable:
            pass
        time.sleep(0.05)
    raise TimeoutError("it did not come to it")


def done(queue: IndexQueue, run_id: int) -> int:
    """How many photos of a run are done."""
    run = queue.run(run_id)
    return run.progress.done if run and run.progress else 0


def ended(queue: IndexQueue, run_id: int) -> IndexRun:
    """The run, once it has ended."""
    wait_for(lambda: (run := queue.run(run_id)) is not None and run.state.ended)
    run = queue.run(run_id)
    assert run is not None
    return run


def fill(folder: Path, photos: int) -> None:
    """An event: so many photos with two faces each, one that cannot be read, and one twice."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(photos):
        (folder / f"{number:03}.png").write_bytes(picture(RED, BLUE, seed=number))
    (folder / "bad.png").write_text("this is text")
    shutil.copy(folder / "000.png", folder / "copy.png")


def rows(database_url: str) -> list[tuple[object, ...]]:
    """Everything that indexing wrote, but ids and times."""
    with psycopg.connect(database_url) as connection:
        return (
            connection.execute(
                """
                SELECT e.team, e.slug, e.channel, e.source, s.name, f.name, f.size, f.fingerprint, f.reason,
                    p.sha256, p.width, p.height, p.taken_at, p.faces,
                    c.x, c.y, c.width, c.height, c.score, c.sharpness, c.landmarks, c.embedding::text
                FROM events e JOIN spaces s ON s.id = e.space_id JOIN files f ON f.event_id = e.id
                LEFT JOIN photos p ON p.id = f.photo_id LEFT JOIN faces c ON c.photo_id = p.id
                ORDER BY e.slug, f.name, c.x
                """
            ).fetchall()
            + connection.execute(
                "SELECT (SELECT count(*) FROM photos), (SELECT count(*) FROM faces)"
            ).fetchall()
        )
