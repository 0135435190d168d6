"""One worker process against two, on the same photos through the same queue.

Prints photos per second, the ratio, and the shares of decoding, detection, embedding and the store.
`python -m benchmarks.workers [PHOTOS]`; it means something on a machine that does nothing else.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import cast

from rich.console import Console

from benchmarks.only import Only
from benchmarks.photos import twelve_megapixels
from benchmarks.stages import PIPELINE, Stages
from bot.working import COMMAND
from pipeline.crew import Crew
from pipeline.index_queue import IndexQueue
from pipeline.keeping import Keeper
from pipeline.photo_store.folder import FolderStore
from pipeline.registry import Recognizers
from pipeline.runs import RunRequest, RunState
from pipeline.shared_indexing import SharedIndexing
from pipeline.sources.folder import FolderSource
from pipeline.store import Store
from pipeline.store.embedded import embedded_url
from pipeline.types import EventKey

PHOTOS = 150
PICTURES = 60  # that are composed; each stands for several photos
WATCHED = 64  # photos that the shares of time are measured on
LOOK_SECONDS = 0.02
console = Console(highlight=False)


def run(photos: int, models: Path) -> None:
    """Measures and prints."""
    with tempfile.TemporaryDirectory(prefix="findme-bench-") as name:
        folder = Path(name)
        (folder / "models").symlink_to(models.resolve())
        event = folder / "event"
        some = folder / "some"
        console.print(f"writing {photos} photos of 12 megapixels, four faces each")
        _write(event, photos)
        _write(some, min(photos, WATCHED))
        with embedded_url(folder / "postgres") as server, Store.open(server.url) as store:
            os.environ |= {"DATABASE_URL": server.url, "FINDME_DATA_DIR": str(folder)}
            os.environ["FINDME_PHOTO_ROOTS"] = str(folder)
            queue = IndexQueue(store)
            one, two = (_through_queue(queue, event, workers) for workers in (1, 2))
            keeper = Keeper(FolderStore(folder / "kept"), lambda _: False)
            shares = [_shares(store, some, models, each) for each in (None, keeper)]
        _print(photos, one, two, shares)


def _write(folder: Path, photos: int) -> None:
    """Photos that differ in their bytes; of so many pictures, that decoding and faces do not repeat soon."""
    folder.mkdir()
    pictures = list(twelve_megapixels(min(photos, PICTURES)))
    for number in range(photos):
        # What follows a JPEG's end is nobody's business but that of its SHA-256.
        (folder / f"{number:04}.jpg").write_bytes(pictures[number % len(pictures)] + number.to_bytes(4))


def _shares(store: Store, folder: Path, models: Path, keeper: Keeper | None) -> dict[str, float]:
    """The stages' shares of a run's time; `rest` holds the previews where there is a keeper."""
    stages = Stages()
    recognizer = stages.recognizer(Recognizers(models).get())
    recognizer.read(next(folder.iterdir()).read_bytes())  # warm
    stages.seconds.clear()
    steps = SharedIndexing(store, cast(Recognizers, Only(recognizer)), FolderSource, keeper=keeper)
    slug = "with-previews" if keeper else "without"
    run_id = IndexQueue(store).submit(RunRequest(EventKey(slug), str(folder)))
    assert run_id is not None
    start = time.perf_counter()
    with stages.watching():
        steps.list_source(run_id)
        steps.read_photos(run_id, 0, 2**31 - 1, lambda: False)
        steps.close_run(run_id)
    return stages.shares(time.perf_counter() - start)


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


def _print(photos: int, one: float, two: float, shares: Sequence[dict[str, float]]) -> None:
    console.print(f"1 worker:  {photos / one:6.2f} photos a second, {one:.1f} s")
    console.print(f"2 workers: {photos / two:6.2f} photos a second, {two:.1f} s")
    console.print(f"2 workers are {one / two:.2f} times as fast as one")
    for label, each in zip(("without previews", "with previews"), shares, strict=True):
        parts = ", ".join(f"{stage} {100 * share:.1f} %" for stage, share in each.items())
        outside = 1 - sum(each[stage] for stage in PIPELINE)
        console.print(
            f"{label}: {parts}; outside decode, detect and embed {100 * outside:.1f} %", soft_wrap=True
        )


if __name__ == "__main__":
    run(int(sys.argv[1]) if len(sys.argv) > 1 else PHOTOS, Path(".findme/models"))
