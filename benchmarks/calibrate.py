"""Regenerates the figures of pipeline/calibration.py: `python -m benchmarks.calibrate [PHOTOS]`.

PHOTOS holds people/PERSON/* and people/boxes.json (default: ../shared/photos). Every pair of labelled faces
is a genuine or an impostor pair. A logistic curve in the distance is fitted to both, weighted as in an event
where one candidate face in fifty shows the probe's person.
"""

from __future__ import annotations

import json
import sys
from itertools import combinations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.recognizers import Recognizer
from pipeline.registry import Recognizers
from pipeline.types import Face

SHARE = 0.02
"""Assumed share of faces, among an event's, that show the probe's person."""

PENALTY = 1e-3  # on the slope, per unit of weight: keeps it finite where the two kinds hardly overlap

FloatArray = NDArray[np.float64]


def labelled_faces(people: Path, recognizer: Recognizer) -> list[tuple[str, Face]]:
    """Each labelled face that was found, with its person."""
    boxes: dict[str, list[float]] = json.loads((people / "boxes.json").read_text())
    labelled = []
    for name, (x, y, width, height) in sorted(boxes.items()):
        _, faces = recognizer.read((people / name).read_bytes())
        middle = np.array([x + width / 2, y + height / 2])
        near = min(faces, key=lambda face: float(np.abs(face.box.centre - middle).max()), default=None)
        if near is not None and np.abs(near.box.centre - middle).max() < width / 2:
            labelled.append((name.split("/")[0], near))
    return labelled


def distances(labelled: list[tuple[str, Face]]) -> tuple[FloatArray, FloatArray]:
    """Those of genuine and of impostor pairs."""
    genuine, impostor = [], []
    for (person, one), (other_person, other) in combinations(labelled, 2):
        distance = float(np.linalg.norm(one.embedding - other.embedding))
        (genuine if person == other_person else impostor).append(distance)
    return np.array(genuine), np.array(impostor)


def fitted(genuine: FloatArray, impostor: FloatArray, share: float = SHARE) -> tuple[float, float]:
    """(even, steepness) of confidence = 1 / (1 + exp(steepness * (distance - even))), by Newton's method."""
    x = np.concatenate([genuine, impostor])
    middle = x.mean()
    design = np.column_stack([np.ones_like(x), x - middle])
    wanted = np.concatenate([np.ones_like(genuine), np.zeros_like(impostor)])
    weights = np.concatenate(
        [np.full_like(genuine, share / len(genuine)), np.full_like(impostor, (1 - share) / len(impostor))]
    )
    penalty = np.diag([0.0, PENALTY * share / 100])
    solution = np.zeros(2)
    for _ in range(200):
        chance = 1 / (1 + np.exp(-np.clip(design @ solution, -500, 500)))
        gradient = design.T @ (weights * (wanted - chance)) - penalty @ solution
        curvature = (design * (weights * chance * (1 - chance))[:, None]).T @ design + penalty
        step = np.linalg.solve(curvature + 1e-12 * np.eye(2), gradient)
        solution += step / max(1.0, float(np.abs(step).max()) / 5)
    return float(middle - solution[0] / solution[1]), float(-solution[1])


def main() -> None:
    photos = Path(sys.argv[1] if len(sys.argv) > 1 else "../shared/photos")
    if not (photos / "people").is_dir():
        raise SystemExit(f"There are no labelled photos at {photos}: give their folder; see CONTRIBUTING.md.")
    recognizer = Recognizers(Path(".findme/models")).get()
    genuine, impostor = distances(labelled_faces(photos / "people", recognizer))
    even, steepness = fitted(genuine, impostor)
    print(f"{recognizer.space}: {len(genuine)} genuine pairs, {len(impostor)} impostor pairs, share {SHARE}")
    print(f"even = {even:.3f}  steepness = {steepness:.1f}")
    print("distance  genuine accepted  impostors accepted  confidence fitted  in use")
    for distance in np.arange(0.40, 0.71, 0.02):
        accepted, false = float((genuine <= distance).mean()), float((impostor <= distance).mean())
        curve = 1 / (1 + np.exp(steepness * (distance - even)))
        used = recognizer.confidence(float(distance))
        print(f"{distance:8.2f}  {accepted:16.4f}  {false:18.5f}  {curve:17.3f}  {used:6.3f}")


if __name__ == "__main__":
    main()
