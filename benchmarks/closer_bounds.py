"""Which faces count as small: what each bound of pipeline/closer_look.py brings, and what it costs.

`python -m benchmarks.closer_bounds [PHOTOS [WORK]]`; PHOTOS and WORK as in benchmarks.accuracy. The event is
a hard one of the people of benchmarks.composed.TUNED_ON alone, so that the bound can be chosen by it. Times
are processor time.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from benchmarks.composed import Recipe, composed
from pipeline import closer_look
from pipeline.evaluation import Seen, measure
from pipeline.labelled import read_labelled
from pipeline.registry import Recognizers

BOUNDS = (24.0, 28.0, 32.0)
EVENT = Recipe("hard", 21, 80, "tuned")


def main(photos: Path, work: Path) -> None:
    """Composes, measures, prints."""
    work.mkdir(parents=True, exist_ok=True)
    recognizer = Recognizers(Path(".findme/models")).get()
    event = read_labelled(composed(EVENT, photos, work))
    probes = [recognizer.probe(probe.path.read_bytes()).face for probe in event.probes]
    print(f"{'small below':12}{'faces':>8}{'recall':>10}{'precision':>10}{'ms a photo':>12}")
    for bound in BOUNDS:
        closer_look.SMALL = bound
        started = time.process_time()
        seen = [recognizer.read(photo.path.read_bytes())[1] for photo in event.gallery]
        spent = (time.process_time() - started) / len(seen) * 1000
        figures = measure(event, Seen(seen, list(probes)), recognizer.calibration)
        faces = sum(map(len, seen))
        print(f"{bound:<12g}{faces:>8}{figures.recall:>10}{figures.precision:>10}{spent:>12.0f}", flush=True)


if __name__ == "__main__":
    given = [Path(word) for word in sys.argv[1:]]
    main(*[*given, *[Path("../shared/photos"), Path(".findme/accuracy")][len(given) :]])
