"""How long a search takes, and what the approximate index misses: `python -m benchmarks.search [FACES …]`.

For each number of faces (default: 10000 100000) a database of its own is filled with made vectors (see
benchmarks.vectors), for the whole of them and for one event; then a finder searches with new faces of people
who are there, warm. From 200,000 faces on the index is made as `findme serve` makes it, and searches for the
best ten photos of all events go through it.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psycopg
from rich.console import Console
from rich.table import Table

from benchmarks.gallery import fill
from benchmarks.vectors import Floats, Humanity
from bot.settings import load_settings
from pipeline.finder import PhotoFinder
from pipeline.registry import Recognizers
from pipeline.sources.folder import FolderSource
from pipeline.store import Store
from pipeline.store.embedded import embedded_url
from pipeline.types import Box, Event, Face, FindResult, Probe

LARGEST_EVENT = 100_000  # faces; more are spread over more events
SIZES = (10_000, 100_000)
DATABASE = "findme_benchmark"
PROBES = 60
BEST = 10

Search = Callable[[Probe], FindResult]


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds of searches, one after the other."""

    median: float
    most: float  # of 95 %
    processor: float | None  # the database's, a search; None where it runs on another machine


@contextmanager
def filled(
    faces: int, models: Path, spread: int = LARGEST_EVENT
) -> Iterator[tuple[PhotoFinder, Humanity, Floats]]:
    """A finder on a database of its own with so many made faces, and the points of the first event's people.

    The database is that of the settings' server when DATABASE_URL is set, else an embedded one.
    """
    recognizers = Recognizers(models)
    space = recognizers.get().space
    humanity = Humanity()
    with server() as address:
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {DATABASE}")
        own = psycopg.conninfo.make_conninfo(address, dbname=DATABASE)
        try:
            with Store.open(own) as store:
                first = np.zeros((0, 0), np.float32)
                for number, start in enumerate(range(0, faces, spread)):
                    people, crowd = humanity.crowd(min(spread, faces - start))
                    first = first if number else people
                    with store.transaction() as connection:
                        fill(connection, space, f"event-{number}", crowd)
                with store.transaction() as connection:
                    connection.execute("SELECT set_config('statement_timeout', '0', true)")
                    connection.execute("ANALYZE")
                yield PhotoFinder(store, recognizers, lambda uri: FolderSource(Path(uri))), humanity, first
        finally:
            with psycopg.connect(address, autocommit=True) as connection:
                connection.execute(f"DROP DATABASE {DATABASE} WITH (FORCE)")


@contextmanager
def server() -> Iterator[str]:
    """DATABASE_URL's server, or an embedded one in a folder of its own that goes away again."""
    url = load_settings().database_url
    if url is not None:
        yield url
        return
    with (
        tempfile.TemporaryDirectory(prefix="findme-bench-") as folder,
        embedded_url(Path(folder) / "postgres") as embedded,
    ):
        yield embedded.url


def probes(humanity: Humanity, people: Floats, space: str) -> list[Probe]:
    """New faces of some of these people."""
    box = Box(0, 0, 100, 100)
    return [Probe(Face(box, 1.0, None, 5.0, vector), 1, space) for vector in humanity.faces(people[:PROBES])]


def timed(search: Search, asked: Sequence[Probe]) -> tuple[Times, list[FindResult]]:
    """Times of a search with each probe, after a first round that warms the caches."""
    for probe in asked:
        search(probe)
    seconds, found = [], []
    before = processor_seconds()
    for probe in asked:
        started = time.perf_counter()
        found.append(search(probe))
        seconds.append(time.perf_counter() - started)
    spent = processor_seconds() - before
    processor = spent / len(asked) if spent > 0 else None
    return Times(float(np.median(seconds)), float(np.percentile(seconds, 95)), processor), found


def processor_seconds() -> float:
    """Processor time of the server's processes for our database; what helped with a scan is gone by now."""
    total = 0
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if f" {DATABASE} " in (process / "cmdline").read_text().replace("\0", " "):
                total += int((process / "schedstat").read_text().split()[0])
    return total / 1e9


def recall(found: Sequence[FindResult], exact: Sequence[FindResult]) -> float:
    """The share of the best BEST photos that were found."""
    wanted = [{match.photo_id for match in result.matches[:BEST]} for result in exact]
    got = [{match.photo_id for match in result.matches[:BEST]} for result in found]
    return sum(len(a & b) for a, b in zip(got, wanted, strict=True)) / max(1, sum(map(len, wanted)))


def run(sizes: Sequence[int], models: Path) -> None:
    """Measures and prints the table."""
    table = Table(
        title=f"{PROBES} searches, warm: ms, ms of the server's processor, recall of the best {BEST}"
    )
    for column in (
        "faces",
        "searched",
        "photos wanted",
        "median",
        "95 %",
        "of it server's processor",
        "recall at 10",
        "index built in",
    ):
        table.add_column(column, justify="right")
    for faces in sizes:
        with filled(faces, models) as (finder, humanity, people):
            for row in measured(finder, probes(humanity, people, finder.recognizers.get().space)):
                table.add_row(f"{faces:,}", *row)
    Console(width=120).print(table)


def measured(finder: PhotoFinder, asked: Sequence[Probe]) -> Iterator[tuple[str, ...]]:
    """The rows of one database."""
    everywhere: list[Event] = finder.events()
    times, _ = timed(lambda probe: finder.find(probe, events=everywhere[-1:]), asked)
    yield "one event", "all", *_numbers(times), "1 (exact)", ""
    times, exact = timed(lambda probe: finder.find(probe), asked)
    yield "all events", "all", *_numbers(times), "1 (exact)", ""
    started = time.perf_counter()
    made = finder.make_due_indexes()
    built = f"{time.perf_counter() - started:.0f} s" if made else "not due"
    times, found = timed(lambda probe: finder.find(probe, limit=BEST), asked)
    yield "all events", str(BEST), *_numbers(times), f"{recall(found, exact):.4f}", built
    if len(everywhere) == 1:
        return
    half = everywhere[: len(everywhere) // 2]
    _, exact = timed(lambda probe: finder.find(probe, events=half), asked)
    times, found = timed(lambda probe: finder.find(probe, events=half, limit=BEST), asked)
    yield "half of them", str(BEST), *_numbers(times), f"{recall(found, exact):.4f}", ""


def _numbers(times: Times) -> tuple[str, str, str]:
    processor = "–" if times.processor is None else f"{times.processor * 1000:.1f}"
    return f"{times.median * 1000:.1f}", f"{times.most * 1000:.1f}", processor


if __name__ == "__main__":
    run([int(size) for size in sys.argv[1:]] or SIZES, load_settings().data_dir / "models")
