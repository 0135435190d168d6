"""Memory while a large event is indexed: `python -m benchmarks.memory [PHOTOS] [--weights]` (default: 20000).

A source makes small JPEG files (64 to 320 pixels) as they are asked for. They are indexed once inside one
process, as `findme index` does it, and once by the queue's steps, batch by batch, as a worker does them; each
in a process of its own, whose resident memory is read at 10, 25, 50, 75 and 100 % of the photos. Decoding,
rows and transactions are the real ones; one face a photo with a vector made up stands in for detection and
embedding, which take time but keep nothing, unless --weights asks for the default recognizer.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import resource
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from benchmarks.only import Only
from benchmarks.search import server
from bot.settings import load_settings
from pipeline import calibration
from pipeline.finder import PhotoFinder
from pipeline.index_queue import IndexQueue
from pipeline.recognizers import Recognizer
from pipeline.registry import DECODE_TARGET, Recognizers
from pipeline.runs import RunRequest, RunState
from pipeline.shared_indexing import BATCH, SharedIndexing
from pipeline.store import Store
from pipeline.types import Box, Detection, EventKey, Image, Pixels, Progress, SourceEntry

PHOTOS = 20_000
SHARES = (0.1, 0.25, 0.5, 0.75, 1.0)
SMALLEST, LARGEST = 64, 320  # pixels


class MadePhotos:
    """A source of so many small photos, each made when it is read."""

    def __init__(self, photos: int) -> None:
        self._photos = photos
        self.uri = f"/made/{photos}"

    def entries(self) -> Iterator[SourceEntry]:
        """As PhotoSource.entries."""
        for number in range(self._photos):
            yield SourceEntry(f"IMG_{number:06}.jpg", 4000, "made")

    def read(self, name: str) -> bytes:
        """As PhotoSource.read."""
        random = np.random.default_rng(int(name[4:10]))
        width, height = random.integers(SMALLEST, LARGEST, 2)
        coarse = random.integers(0, 255, (8, 8, 3), dtype=np.uint8)
        done, data = cv2.imencode(".jpg", cv2.resize(coarse, (int(width), int(height))))
        assert done
        return data.tobytes()


class OneFace:
    """Stands in for detection, alignment and embedding: a face in the middle, its vector by its bytes."""

    dimensions = 128

    def detect(self, image: Image) -> list[Detection]:
        """One face."""
        return [Detection(Box(0, 0, image.width, image.height), 0.9, np.zeros((5, 2), np.float32))]

    def __call__(self, image: Image, _detection: Detection) -> Pixels:
        """The photo itself, as large as a chip."""
        return cast(Pixels, cv2.resize(image.pixels, (150, 150)))

    def embed(self, chips: Sequence[Pixels]) -> NDArray[np.float32]:
        """A vector for each."""
        seeds = [int.from_bytes(hashlib.sha256(chip.tobytes()).digest()[:8]) for chip in chips]
        return np.array([np.random.default_rng(seed).standard_normal(128) for seed in seeds], np.float32)


def made() -> Only:
    """A registry of the stand-in."""
    part = OneFace()
    return Only(Recognizer("made", 1, part, part, part, calibration.DLIB, DECODE_TARGET))


def indexed(way: str, photos: int, url: str, weights: bool) -> dict[float, float]:
    """Indexes in this process; its memory in MiB at each of SHARES, and at 0 before it begins."""
    recognizers: Any = Recognizers(load_settings().data_dir / "models") if weights else made()
    recognizers.get()
    source = MadePhotos(photos)
    seen = {0.0: resident()}

    def note(done: int) -> None:
        seen.update({share: resident() for share in SHARES if share not in seen and done >= share * photos})

    with Store.open(url) as store:
        if way == "local":
            finder = PhotoFinder(store, recognizers, lambda _: source)
            finder.index(source, EventKey(way), progress=lambda progress: note(_done(progress)))
        else:
            _through_queue(store, SharedIndexing(store, recognizers, lambda _: source), source, photos, note)
    return seen


def _done(progress: Progress) -> int:
    return progress.done


def _through_queue(store: Store, steps: SharedIndexing, source: MadePhotos, photos: int, note: Any) -> None:
    queue = IndexQueue(store)
    run_id = queue.submit(RunRequest(EventKey("queue"), source.uri))
    assert run_id is not None
    steps.list_source(run_id)
    for first in range(0, photos, BATCH):
        steps.read_photos(run_id, first, first + BATCH - 1, lambda: False)
        note(min(photos, first + BATCH))
    steps.close_run(run_id)
    run = queue.run(run_id)
    assert run is not None
    assert run.state is RunState.DONE, run.reason
    assert queue.report(run).photos == photos


def resident() -> float:
    """This process's memory, in MiB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


def run(photos: int, weights: bool) -> None:
    """Measures and prints the table."""
    table = Table(title=f"Resident memory while {photos:,} photos are indexed, MiB")
    for column in ("", "before", *(f"{share:.0%}" for share in SHARES), "growth from 10 % to 100 %"):
        table.add_column(column, justify="right")
    with server() as url:
        for way in ("local", "queue"):
            with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
                seen = pool.submit(indexed, way, photos, url, weights).result()
            growth = seen[1.0] - seen[SHARES[0]]
            table.add_row(way, *(f"{seen[share]:.0f}" for share in (0.0, *SHARES)), f"{growth:+.1f}")
    Console().print(table)


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:] if word.isdigit()]
    run(numbers[0] if numbers else PHOTOS, "--weights" in sys.argv)
