"""How many of a person's photos are found, and how many wrong ones.

`python -m benchmarks.accuracy [PHOTOS] [WORK]`. PHOTOS holds people/ and, in ../tools, make_event.py
(default: ../shared/photos). WORK keeps the composed events and the faces that were found in them, so that
a second run takes seconds unless what finds faces has changed (default: .findme/accuracy). Measured as by
`findme eval`, beside a plain pipeline: one pass of CenterFace at 1280 pixels, dlib's vectors, and the nearest
neighbours within the distance that is best in hindsight. Writes the tables and plots of docs/accuracy.md.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks import accuracy_page
from benchmarks.composed import Recipe, composed
from benchmarks.looks import Look, digest, looked_at
from benchmarks.plain import plain_pipeline
from pipeline.calibration import Calibration
from pipeline.evaluation import Figures, measure
from pipeline.registry import Recognizers

EVENTS = (
    *(Recipe("clear", seed, 150) for seed in (7, 8, 9)),
    *(Recipe("hard", seed, 100, "apart") for seed in (21, 22, 23)),
)
BARS = np.arange(0.40, 0.701, 0.01)  # thresholds of the curves
HINDSIGHT = 0.99  # precision that the plain pipeline's threshold is chosen for
MODELS = Path(".findme/models")


def curve(look: Look, calibration: Calibration) -> list[tuple[float, Figures]]:
    """The figures at each threshold."""
    return [
        (float(bar), measure(look.labelled, look.seen, replace(calibration, threshold=float(bar))))
        for bar in BARS
    ]


def in_hindsight(look: Look, calibration: Calibration) -> tuple[float, Figures]:
    """The threshold of most recall among those that are precise enough, to the last distance."""
    found = sorted(look.found(replace(calibration, threshold=float(BARS[-1]))), key=lambda one: one[2])
    right = np.array([is_right for _, is_right, _ in found])
    precise = np.flatnonzero(np.cumsum(right) / np.arange(1, len(right) + 1) >= HINDSIGHT)
    bar = found[precise[-1]][2] if len(precise) else 0.0
    return bar, measure(look.labelled, look.seen, replace(calibration, threshold=bar))


def main(photos: Path, work: Path) -> None:
    """Composes, looks, measures, writes."""
    if not (photos / "people").is_dir():
        raise SystemExit(f"There are no labelled photos at {photos}: give their folder; see CONTRIBUTING.md.")
    work.mkdir(parents=True, exist_ok=True)
    ours = Recognizers(MODELS).get()
    plain = plain_pipeline(ours, MODELS)
    made_by = digest(MODELS)
    measured = []
    for folder in [photos / "people", *(composed(recipe, photos, work) for recipe in EVENTS)]:
        ours_look, plain_look = (looked_at(folder, one, work, made_by) for one in (ours, plain))
        measured.append(
            accuracy_page.Event(
                name=folder.name,
                ours=measure(ours_look.labelled, ours_look.seen, ours.calibration),
                plain=in_hindsight(plain_look, plain.calibration),
                curve=curve(ours_look, ours.calibration),
                plain_curve=curve(plain_look, plain.calibration),
                found=ours_look.found(ours.calibration),
                by_size=ours_look.by_size(ours.calibration),
                plain_by_size=plain_look.by_size(plain.calibration),
            )
        )
        print(accuracy_page.row(measured[-1]))
    accuracy_page.write(measured, ours.space)


if __name__ == "__main__":
    given = [Path(word) for word in sys.argv[1:]]
    main(*[*given, *[Path("../shared/photos"), Path(".findme/accuracy")][len(given) :]])
