"""Regenerates the figures of pipeline/calibration.py: `python -m benchmarks.calibrate [PHOTOS] [--others]`.

PHOTOS holds people/PERSON/* and people/boxes.json (default: ../shared/photos). Every pair of labelled faces
is a genuine or an impostor pair; beside the portraits stand small, dark and blurred copies of them. Logistic
curves are fitted to both, weighted as in an event where one candidate face in fifty shows the probe's person.
Only the people of benchmarks.composed.TUNED_ON decide; --others shows what the rest would say.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

from benchmarks.composed import TUNED_ON
from benchmarks.degraded import copies
from pipeline.calibration import DLIB
from pipeline.recognizers import Recognizer
from pipeline.registry import Recognizers
from pipeline.types import Face

SHARE = 0.02
"""Assumed share of faces, among an event's, that show the probe's person."""

PENALTY = 1e-9  # on the slopes: keeps them finite where the two kinds hardly overlap
FALSE_ACCEPTS = 1e-3  # at which bars are compared

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Labelled:
    """A face with its person."""

    portrait: str  # PERSON/file; copies share it
    clear: bool  # the portrait itself, no copy
    face: Face


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Pairs of faces, one a row."""

    genuine: NDArray[np.bool_]
    distance: FloatArray
    size: FloatArray  # halvings of the second face below the clear size
    blur: FloatArray  # halvings of the sharper one's sharpness below the clear one


def labelled_faces(people: Path, recognizer: Recognizer, others: bool) -> list[Labelled]:
    """The faces of portraits and their copies that were found."""
    boxes: dict[str, list[float]] = json.loads((people / "boxes.json").read_text())
    labelled = []
    for name, box in sorted(boxes.items()):
        if (name.split("/")[0] in TUNED_ON) == others:
            continue
        data = (people / name).read_bytes()
        middle = (box[0] + box[2] / 2, box[1] + box[3] / 2)
        with Pillow.open(people / name) as portrait:
            shown = [(data, middle), *copies(portrait.convert("RGB"), box)]
        for number, (jpeg, place) in enumerate(shown):
            _, faces = recognizer.read(jpeg)
            near = [
                face
                for face in faces
                if np.abs(np.subtract(face.box.centre, place)).max() < face.box.width / 2
            ]
            if near:
                best = max(near, key=lambda face: face.score)
                labelled.append(Labelled(name, number == 0, best))
    return labelled


def pairs(probes: list[Labelled], faces: list[Labelled]) -> Pairs:
    """Every probe with every face of another portrait."""
    quality = DLIB.quality
    probe_vectors = np.stack([probe.face.embedding for probe in probes])
    probe_names = np.array([probe.portrait for probe in probes])
    probe_people = np.array([name.split("/")[0] for name in probe_names])
    columns: list[tuple[FloatArray, ...]] = []
    for one in faces:
        other = probe_names != one.portrait
        distance = np.sqrt(((probe_vectors - one.face.embedding) ** 2).sum(axis=1))
        sharper = np.maximum([probe.face.sharpness for probe in probes], one.face.sharpness)
        side = np.clip(max(one.face.box.width, one.face.box.height), quality.least_size, quality.clear_size)
        size = np.full(len(probes), np.log2(quality.clear_size / side))
        blur = np.log2(quality.clear / np.clip(sharper, quality.least, quality.clear))
        genuine = probe_people == one.portrait.split("/")[0]
        columns.append(tuple(column[other] for column in (genuine, distance, size, blur)))
    genuine, distance, size, blur = (np.concatenate(parts) for parts in zip(*columns, strict=True))
    return Pairs(genuine.astype(bool), distance, size, blur)


def fitted(features: FloatArray, genuine: NDArray[np.bool_], share: float = SHARE) -> FloatArray:
    """Intercept and slopes of the logistic curve, by Newton's method; features of shape (pairs, n)."""
    middle = features.mean(axis=0)
    design = np.column_stack([np.ones(len(features)), features - middle])
    weights = np.where(genuine, share / genuine.sum(), (1 - share) / (~genuine).sum())
    solution = np.zeros(design.shape[1])
    for _ in range(200):
        chance = 1 / (1 + np.exp(-np.clip(design @ solution, -500, 500)))
        gradient = design.T @ (weights * (genuine - chance))
        curvature = (design * (weights * chance * (1 - chance))[:, None]).T @ design
        step = np.linalg.solve(curvature + PENALTY * np.eye(len(solution)), gradient)
        solution += step / max(1.0, float(np.abs(step).max()) / 5)
    solution[0] -= float(solution[1:] @ middle)
    return solution


def report(name: str, found: Pairs) -> None:
    """Prints what a curve in the distance says, what each quality costs, and what the costs in use bring."""
    plain = fitted(found.distance[:, None], found.genuine)
    print(f"{name}: {found.genuine.sum()} genuine pairs, {(~found.genuine).sum()} impostor pairs")
    print(f"  even = {-plain[0] / plain[1]:.3f}  steepness = {-plain[1]:.1f}")
    for feature, column in (("size", found.size), ("blur", found.blur)):
        curve = fitted(np.column_stack([found.distance, column]), found.genuine)
        print(
            f"  {feature}: {curve[2] / curve[1]:+.4f} a halving; even when clear {-curve[0] / curve[1]:.3f}"
        )
    quality = DLIB.quality
    counted = found.distance + quality.size_cost * found.size + quality.blur_cost * found.blur
    for what, distance in (("plain", found.distance), ("counted", counted)):
        bar = np.quantile(distance[~found.genuine], FALSE_ACCEPTS)
        within = (distance[found.genuine] <= bar).mean()
        false = (distance[~found.genuine] <= DLIB.threshold).mean()
        print(
            f"  {what}: {within:.4f} genuine within {bar:.3f}; {false:.5f} impostors within {DLIB.threshold}"
        )


def main() -> None:
    """Looks at the photos and prints."""
    words = [word for word in sys.argv[1:] if word != "--others"]
    photos = Path(words[0] if words else "../shared/photos")
    if not (photos / "people").is_dir():
        raise SystemExit(f"There are no labelled photos at {photos}: give their folder; see CONTRIBUTING.md.")
    recognizer = Recognizers(Path(".findme/models")).get()
    faces = labelled_faces(photos / "people", recognizer, "--others" in sys.argv)
    clear = [one for one in faces if one.clear]
    print(f"{recognizer.space}: {len(clear)} portraits, {len(faces) - len(clear)} copies")
    report("portraits alone", pairs(clear, clear))
    report("a portrait and any", pairs(clear, faces))
    report("any two", pairs(faces[::3], faces))


if __name__ == "__main__":
    main()
