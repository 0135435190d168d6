"""What the closer looks bring and cost where faces are small.

`python -m benchmarks.small_faces [PHOTOS [COUNT]]`; PHOTOS holds people/ and, in ../tools, make_event.py
(default: ../shared/photos). An event of 12 megapixels is composed of the people who decide no figure in use,
with faces 20 to 90 pixels wide. Times are processor time.
"""

from __future__ import annotations

import math
import random
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.composed import _script, _some
from pipeline.evaluation import Seen, measure
from pipeline.labelled import LabelledSet, read_labelled
from pipeline.recognizers import Recognizer
from pipeline.registry import Recognizers

COUNT, SEED, MEGAPIXELS = 22, 41, 12.0
WIDTHS = (20, 90)  # of faces, in pixels: any ratio is as likely


def composed(photos: Path, count: int, work: Path) -> LabelledSet:
    """The event."""
    script = _script(photos.parent / "tools" / "make_event.py")
    panel, widths = script.panel, random.Random(SEED * 7 + 1)

    def small(path: Path, box: Any, _width: float, *given: Any) -> Any:
        return panel(path, box, math.exp(widths.uniform(*map(math.log, WIDTHS))), *given)

    script.panel = small
    script.build(work / "event", _some(photos / "people", work, False), count, SEED, "clear", MEGAPIXELS)
    return read_labelled(work / "event")


def row(event: LabelledSet, recognizer: Recognizer) -> str:
    """A recognizer's figures."""
    recognizer.read(event.gallery[0].path.read_bytes())  # warm
    started = time.process_time()
    seen = [recognizer.read(photo.path.read_bytes())[1] for photo in event.gallery]
    seconds = time.process_time() - started
    probes = [recognizer.probe(probe.path.read_bytes()).face for probe in event.probes]
    figures = measure(event, Seen(seen, list(probes)), recognizer.calibration)
    faces = sum(map(len, seen))
    return f"{faces:>8}{figures.recall:>10}{figures.precision:>10}{seconds / len(seen) * 1000:>12.0f}"


def main(photos: Path, count: int) -> None:
    """Composes, measures, prints."""
    recognizer = Recognizers(Path(".findme/models")).get()
    with tempfile.TemporaryDirectory(prefix="findme-bench-") as work:
        event = composed(photos, count, Path(work))
        print(f"{'closer looks':12}{'faces':>8}{'recall':>10}{'precision':>10}{'ms a photo':>12}")
        for looks in range(len(recognizer.closer_looks) + 1):
            some = replace(recognizer, closer_looks=recognizer.closer_looks[:looks])
            print(f"{looks:<12}{row(event, some)}", flush=True)


if __name__ == "__main__":
    given = sys.argv[1:]
    main(Path(given[0] if given else "../shared/photos"), int(given[1]) if given[1:] else COUNT)
