"""How many of a person's photos are found, and how many wrong ones.

`python -m benchmarks.accuracy [PHOTOS] [WORK]`. PHOTOS holds people/ and, in ../tools, make_event.py
(default: ../shared/photos). WORK keeps the composed events and the faces that were found in them, so that
a second run takes seconds (default: .findme/accuracy). Measured as by `findme eval`, beside a plain pipeline:
one pass of CenterFace at 1280 pixels, dlib's vectors, and the nearest neighbours within the distance that is
best in hindsight. Writes the tables and plots of docs/accuracy.md.
"""

from __future__ import annotations

import pickle
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks import accuracy_page
from benchmarks.composed import Recipe, composed, sizes
from pipeline.calibration import Calibration, Quality
from pipeline.evaluation import Figures, Seen, look_at, measure
from pipeline.labelled import LabelledSet, read_labelled
from pipeline.memory_gallery import MemoryGallery
from pipeline.ranking import ranked
from pipeline.recognizers import Recognizer
from pipeline.registry import Recognizers

EVENTS = (
    *(Recipe("clear", seed, 150, held_apart=False) for seed in (7, 8, 9)),
    *(Recipe("hard", seed, 100, held_apart=True) for seed in (21,)),
)
BARS = np.arange(0.40, 0.701, 0.01)  # thresholds of the curves
HINDSIGHT = 0.99  # precision that the plain pipeline's threshold is chosen for
MODELS = Path(".findme/models")


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """An event as one recognizer sees it."""

    name: str
    labelled: LabelledSet
    seen: Seen
    sizes: dict[str, dict[str, float]]  # photo: person: width of the face in pixels; empty: not known

    def found(self, calibration: Calibration) -> list[tuple[float, bool, float]]:
        """(confidence, whether right, distance) of every photo that is found, over all probes."""
        return [(calibration.confidence(d), right, d) for _, right, d in self._hits(calibration)]

    def by_size(self, calibration: Calibration) -> list[tuple[float, bool]]:
        """(width of the face, whether the photo is found) of every labelled face."""
        right = {key for key, is_right, _ in self._hits(calibration) if is_right}
        widths = [
            ((who, photo), width) for photo, faces in self.sizes.items() for who, width in faces.items()
        ]
        return [(width, key in right) for key, width in widths]

    def _hits(self, calibration: Calibration) -> list[tuple[tuple[str, str], bool, float]]:
        gallery, photos = MemoryGallery(self.seen.photos), self.labelled.gallery
        return [
            (
                (probe.person, photos[hit.photo].path.name),
                probe.person in photos[hit.photo].people,
                hit.distance,
            )
            for probe, face in zip(self.labelled.probes, self.seen.probes, strict=True)
            if face is not None
            for hit in ranked(gallery, [face], calibration)
        ]


def plain_pipeline(recognizer: Recognizer, models: Path) -> Recognizer:
    """What a plain pipeline does with the same weights."""
    from pipeline.detectors.centerface import CenterFace
    from pipeline.embedders.dlib_resnet import DlibResNet

    return replace(
        recognizer,
        name="plain",
        detector=replace(CenterFace.load(models), long_sides=(1280,)),
        closer_looks=(),
        embedder=DlibResNet(models),
        calibration=replace(recognizer.calibration, quality=Quality(), gain=0.0, expands=False),
    )


def looked_at(folder: Path, recognizer: Recognizer, work: Path) -> Look:
    """The faces of an event, from WORK if they are there."""
    labelled = read_labelled(folder)
    cache = work / f"{folder.name}.{recognizer.space}.pickle"
    if not cache.is_file():
        print(f"looking at {folder.name} with {recognizer.space}", file=sys.stderr)
        cache.write_bytes(pickle.dumps(look_at(labelled, recognizer)))
    widths = sizes(folder) if (folder / "sizes.json").is_file() else {}
    return Look(folder.name, labelled, pickle.loads(cache.read_bytes()), widths)


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
    measured = []
    for folder in [photos / "people", *(composed(recipe, photos, work) for recipe in EVENTS)]:
        ours_look, plain_look = looked_at(folder, ours, work), looked_at(folder, plain, work)
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
