"""Regenerates the figures of pipeline/calibration.py: `python -m benchmarks.calibrate [PHOTOS] [--others]`.

With `--recognizer NAME` it measures another recognizer instead: benchmarks/own_calibration.py.

PHOTOS holds people/PERSON/* and people/boxes.json (default: ../shared/photos). Every pair of labelled faces
is a genuine or an impostor pair; beside the portraits stand small, dark and blurred copies of them. Logistic
curves are fitted to both, weighted as in an event where one candidate face in fifty shows the probe's person.
Only the people of benchmarks.composed.TUNED_ON decide; --others shows what the rest would say.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from PIL import Image as Pillow

from benchmarks import own_calibration
from benchmarks.composed import TUNED_ON
from benchmarks.curves import fitted
from benchmarks.degraded import copies
from benchmarks.face_pairs import Labelled, Pairs, pairs
from pipeline.calibration import DLIB
from pipeline.recognizers import Recognizer
from pipeline.registry import Recognizers

FALSE_ACCEPTS = 1e-3  # at which bars are compared


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


def report(name: str, found: Pairs) -> None:
    """Prints what a curve in the distance says, what each quality costs, and what the costs in use bring."""
    plain = fitted(found.distance[:, None], found.genuine)
    print(f"{name}: {found}")
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
    parser = argparse.ArgumentParser(prog="python -m benchmarks.calibrate")
    parser.add_argument("photos", nargs="?", default="../shared/photos", type=Path, metavar="PHOTOS")
    parser.add_argument("--others", action="store_true", help="what the people say that nothing is tuned on")
    parser.add_argument("--recognizer", metavar="NAME", help="measure this one, and print lines for its TOML")
    asked = parser.parse_args()
    if asked.recognizer is not None:
        own_calibration.run(asked.photos, asked.recognizer)
        return
    people = asked.photos / "people"
    if not people.is_dir():
        raise SystemExit(
            f"There are no labelled photos at {asked.photos}: give their folder; see CONTRIBUTING.md."
        )
    recognizer = Recognizers(Path(".findme/models")).get()
    faces = labelled_faces(people, recognizer, asked.others)
    clear = [one for one in faces if one.clear]
    print(f"{recognizer.space}: {len(clear)} portraits, {len(faces) - len(clear)} copies")
    report("portraits alone", pairs(clear, clear))
    report("a portrait and any", pairs(clear, faces))
    report("any two", pairs(faces[::3], faces))


if __name__ == "__main__":
    main()
