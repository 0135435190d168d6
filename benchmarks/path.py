"""One photo on one core: where the time goes, beside the article's decoding and detection of the same photos.

Prints milliseconds of processor time per 12-megapixel photo with four faces.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.photos import twelve_megapixels
from pipeline import images
from pipeline.detectors.haar import Haar
from pipeline.registry import Recognizers

PHOTOS = 12


class Stopwatch:
    """Adds up processor time by name."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)

    @contextmanager
    def of(self, name: str) -> Iterator[None]:
        """Measures a block."""
        start = time.process_time()
        yield
        self.seconds[name] += time.process_time() - start


def run(models: Path) -> None:
    """Measures and prints the table."""
    recognizer = Recognizers(models).get()
    haar = Haar.load()
    ours, article = Stopwatch(), Stopwatch()
    found = {"ours": 0, "article": 0}
    photos = list(twelve_megapixels(PHOTOS))
    recognizer.read(photos[0])  # warm
    for photo in photos:
        with ours.of("decode"):
            image = images.decode(photo, target=recognizer.decode_target)
        with ours.of("detect"):
            detections = recognizer.detector.detect(image)
        with ours.of("align"):
            chips = [recognizer.aligner(image, detection) for detection in detections]
        with ours.of("embed"):
            recognizer.embedder.embed(chips)
        with article.of("decode"):
            full = images.decode(photo)
        with article.of("detect"):
            found["article"] += len(haar.detect(full))
        found["ours"] += len(detections)
    _print(ours, article, found)


def _print(ours: Stopwatch, article: Stopwatch, found: dict[str, int]) -> None:
    table = Table(title=f"{PHOTOS} photos of 12 megapixels, four faces each; ms of processor time a photo")
    for column in ("", "decode", "detect", "align", "embed", "sum", "faces found"):
        table.add_column(column, justify="right")
    for name, watch, faces in (
        ("default", ours, found["ours"]),
        ("article, without embedding", article, found["article"]),
    ):
        parts = [watch.seconds.get(part) for part in ("decode", "detect", "align", "embed")]
        table.add_row(
            name,
            *("–" if part is None else f"{part * 1000 / PHOTOS:.0f}" for part in parts),
            f"{sum(watch.seconds.values()) * 1000 / PHOTOS:.0f}",
            str(faces),
        )
    console = Console()
    console.print(table)
    ratio = sum(article.seconds.values()) / sum(ours.seconds.values())
    console.print(f"The article's decoding and detection alone take {ratio:.1f} times our whole path.")


if __name__ == "__main__":
    run(Path(".findme/models"))
