"""Whom an end of the process is blamed on: two while a photo is looked at, many while it is on its way."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from pipeline.blame import DECODING, FETCHING, MOST, POISONOUS
from pipeline.finder import PhotoFinder
from pipeline.index_queue import IndexQueue
from pipeline.runs import RunState
from pipeline.shared_indexing import SharedIndexing
from pipeline.sources.folder import FolderSource
from pipeline.store import Store
from pipeline.types import Detection, Image
from tests.fakes.recognizer import BLUE, RED, FakeRecognizers, Squares, picture, squares
from tests.workers import KEY, ended, fill, submit

SLOW = "slow.png"

ADDING = f"""
import os, sys
from pipeline.finder import PhotoFinder
from pipeline.sources.folder import FolderSource
from pipeline.store import Store
from tests.fakes.recognizer import FakeRecognizers

class Hanging(FolderSource):
    def read(self, name):
        if name == {SLOW!r}:
            os._exit(9)
        return super().read(name)

with Store.open(sys.argv[1]) as store:
    finder, source = PhotoFinder(store, FakeRecognizers(), FolderSource), Hanging(sys.argv[2])
    finder.add(finder.events()[0], source, list(source.entries()))
"""


class Killed(BaseException):
    """The process ends; nothing of it has a chance to take anything back."""


class Hanging(FolderSource):
    """A source that takes so long over one photo that the process is killed."""

    deaths = 0  # that are still to come

    def read(self, name: str) -> bytes:
        if name == SLOW and Hanging.deaths:
            Hanging.deaths -= 1
            raise Killed
        return super().read(name)


class Crashing(Squares):
    """A detector that kills whoever looks at a photo without squares."""

    def detect(self, image: Image) -> list[Detection]:
        found = super().detect(image)
        if not found:
            raise Killed
        return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    fill(tmp_path, 2)
    (tmp_path / SLOW).write_bytes(picture(RED, seed=77))
    return tmp_path


def listed(queue: IndexQueue, steps: SharedIndexing, folder: Path) -> int:
    run_id = submit(queue, folder)
    steps.list_source(run_id)
    return run_id


def read(steps: SharedIndexing, run_id: int, kills: int) -> None:
    """Reads the photos of a run, by so many processes that are killed, and one that is not."""
    for _ in range(kills):
        with pytest.raises(Killed):
            steps.read_photos(run_id, 0, 99, lambda: False)
    steps.read_photos(run_id, 0, 99, lambda: False)
    steps.close_run(run_id)


def failed(queue: IndexQueue, run_id: int) -> dict[str, str]:
    run = ended(queue, run_id)
    assert run.state is RunState.DONE
    return {
        failure.photo: failure.reason for failure in queue.report(run).failed if failure.photo != "bad.png"
    }


@pytest.mark.parametrize(("deaths", "is_left_out"), [(2, False), (MOST - FETCHING, False), (MOST, True)])
def test_a_source_that_is_slow_when_workers_are_killed_costs_no_photo_for_long(
    queue: IndexQueue, store: Store, folder: Path, deaths: int, is_left_out: bool
) -> None:
    steps = SharedIndexing(store, FakeRecognizers(), Hanging)
    run_id = listed(queue, steps, folder)
    Hanging.deaths = deaths
    read(steps, run_id, deaths)
    assert failed(queue, run_id) == ({SLOW: POISONOUS} if is_left_out else {})


def test_a_photo_that_kills_while_it_is_looked_at_is_left_out_after_two_workers(
    queue: IndexQueue, store: Store, folder: Path
) -> None:
    (folder / SLOW).write_bytes(picture(seed=77))
    steps = SharedIndexing(store, FakeRecognizers(replace(squares(), detector=Crashing())), Hanging)
    run_id = listed(queue, steps, folder)
    read(steps, run_id, 2)
    assert failed(queue, run_id) == {SLOW: POISONOUS}


def counted(url: str) -> Sequence[tuple[str, int]]:
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT name, number FROM attempts").fetchall()


def test_a_photo_that_was_on_its_way_when_the_bot_was_killed_is_added_later(
    store: Store, folder: Path, database_url: str
) -> None:
    (folder / SLOW).unlink()
    finder = PhotoFinder(store, FakeRecognizers(), FolderSource, workers=1)
    finder.index(FolderSource(folder), KEY)
    (folder / SLOW).write_bytes(picture(BLUE, seed=78))
    command = [sys.executable, "-c", ADDING, database_url, str(folder)]
    assert subprocess.run(command, env={**os.environ}).returncode == 9
    assert counted(database_url) == [(SLOW, FETCHING)]
    source = FolderSource(folder)
    entries = [entry for entry in source.entries() if entry.name == SLOW]
    with psycopg.connect(database_url) as connection:  # once more, and once while it was looked at
        connection.execute("UPDATE attempts SET number = %s", (2 * FETCHING + DECODING,))
    assert finder.add(finder.events()[0], source, entries) == 1
    assert counted(database_url) == []
