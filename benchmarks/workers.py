"""One worker process against two, on the same photos through the same queue.

Prints photos per second, the ratio, and the share of a worker's time outside decoding, detecting and embedding.
`python -m benchmarks.workers [PHOTOS]`
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console

from benchmarks.photos import twelve_megapixels
from bot.working import COMMAND
from pipeline.crew import Crew
from pipeline.index_queue import IndexQueue
from pipeline.registry import Recognizers
from pipeline.runs import RunRequest, RunState
from pipeline.store import Store
from pipeline.store.embedded import embedded_url
from pipeline.types import EventKey

PHOTOS = 64
LOOK_SECONDS = 0.02
console = Console(highlight=False)


def run(photos: int, models: Path) -> None:
    """Measures and prints."""
    with tempfile.TemporaryDirectory(prefix="findme-bench-") as name:
        folder = Path(name)
        (folder / "models").symlink_to(models.resolve())
        (folder / "photos").mkdir()
        console.print(f"writing {photos} photos of 12 megapixels, four faces each")
        for number, data in enumerate(twelve_megapixels(photos)):
            (folder / "photos" / f"{number:04}.jpg").write_bytes(data)
        arithmetic = _arithmetic(folder / "photos", models)
        with embedded_url(folder / "postgres") as server, Store.open(server.url) as store:
            os.environ |= {"DATABASE_URL": server.url, "FINDME_DATA_DIR": str(folder)}
            queue = IndexQueue(store)
            one, two = (_through_queue(queue, folder / "photos", workers) for workers in (1, 2))
        _print(photos, one, two, arithmetic)


def _arithmetic(folder: Path, models: Path) -> float:
    """Seconds that one thread takes to decode, detect and embed the photos, and nothing else."""
    recognizer = Recognizers(models).get()
    photos = [path.read_bytes() for path in sorted(folder.iterdir())]
    recognizer.read(photos[0])  # warm
    start = time.perf_counter()
    for photo in photos:
        recognizer.read(photo)
    return time.perf_counter() - start


def _through_queue(queue: IndexQueue, folder: Path, workers: int) -> float:
    """Seconds from the request to the complete event, on so many workers that wait with warm models."""
    with Crew(COMMAND, workers):
        while queue.state().workers < workers:
            time.sleep(LOOK_SECONDS)
        start = time.perf_counter()
        run_id = queue.submit(RunRequest(EventKey(f"on-{workers}"), str(folder)))
        assert run_id is not None
        while True:
            run = queue.run(run_id)
            if run is not None and run.state.ended:
                assert run.state is RunState.DONE, run.reason
                return time.perf_counter() - start
            time.sleep(LOOK_SECONDS)


def _print(photos: int, one: float, two: float, arithmetic: float) -> None:
    console.print(f"decode, detect, embed alone, one thread: {photos / arithmetic:6.2f} photos a second")
    console.print(f"1 worker:  {photos / one:6.2f} photos a second, {one:.1f} s")
    console.print(f"2 workers: {photos / two:6.2f} photos a second, {two:.1f} s")
    console.print(f"2 workers are {one / two:.2f} times as fast as one")
    console.print(f"outside decode, detect and embed, with 1 worker: {100 * (1 - arithmetic / one):.1f} %")


if __name__ == "__main__":
    run(int(sys.argv[1]) if len(sys.argv) > 1 else PHOTOS, Path(".findme/models"))
