"""Labelled events as a recognizer sees them, kept between runs while nothing that finds faces changes."""

from __future__ import annotations

import hashlib
import pickle
import sys
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from benchmarks.composed import sizes
from pipeline.calibration import Calibration
from pipeline.evaluation import Seen, look_at
from pipeline.labelled import LabelledSet, read_labelled
from pipeline.memory_gallery import MemoryGallery
from pipeline.processor import multiplies_bytes
from pipeline.ranking import ranked
from pipeline.recognizers import Recognizer

PROJECT = Path(__file__).resolve().parent.parent
SOURCES = (
    *("pipeline/detectors", "pipeline/embedders", "pipeline/images", "pipeline/closer_look.py"),
    "pipeline/equalisation.py",
    *("pipeline/geometry.py", "pipeline/inference.py", "pipeline/probes.py", "pipeline/processor.py"),
    *("pipeline/quantisation.py", "pipeline/recognizers.py", "pipeline/registry.py", "pipeline/weights.py"),
    "benchmarks/plain.py",
)
"""Files and folders of the code that turns photos into faces."""

PACKAGES = ("numpy", "onnxruntime", "opencv-python", "pillow")
"""Packages whose next release may give other vectors."""


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


def digest(models: Path, project: Path = PROJECT) -> str:
    """Changes whenever the same photos may give other faces: code, weights, packages, kind of processor."""
    found = hashlib.sha256(repr((multiplies_bytes(), [version(name) for name in PACKAGES])).encode())
    files = [file for name in SOURCES for file in _files(project / name, "*.py")]
    for file in [*files, *_files(models, "*.onnx")]:
        found.update(file.name.encode() + hashlib.sha256(file.read_bytes()).digest())
    return found.hexdigest()[:16]


def _told_by_size(labelled: LabelledSet) -> str:
    """Changes with the photos, as far as their names and sizes tell."""
    paths = [photo.path for photo in (*labelled.gallery, *labelled.probes)]
    return hashlib.sha256(repr([(path.name, path.stat().st_size) for path in paths]).encode()).hexdigest()[:8]


def _files(path: Path, pattern: str) -> list[Path]:
    return sorted(path.rglob(pattern)) if path.is_dir() else [path]


def looked_at(folder: Path, recognizer: Recognizer, work: Path, made_by: str) -> Look:
    """The faces of an event, from WORK if they are there, made by what `made_by` is the digest of."""
    labelled = read_labelled(folder)
    cache = work / f"{folder.name}.{recognizer.space}.{made_by}.{_told_by_size(labelled)}.pickle"
    if not cache.is_file():
        print(f"looking at {folder.name} with {recognizer.space}", file=sys.stderr)
        cache.write_bytes(pickle.dumps(look_at(labelled, recognizer)))
    widths = sizes(folder) if (folder / "sizes.json").is_file() else {}
    return Look(folder.name, labelled, pickle.loads(cache.read_bytes()), widths)
