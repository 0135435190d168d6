"""Measures any recognizer: `python -m benchmarks.calibrate --recognizer NAME [PHOTOS]`.

PHOTOS holds PERSON/*.jpg, as `findme eval` takes it, or people/PERSON/*: at least two people, and some with
several photos. Every portrait is compared with every other one and with small copies of them, some dark or
blurred; a logistic curve is fitted as benchmarks/calibrate.py does it. What it prints goes into the TOML file
of a model of one's own; see docs/recognizers.md. 90 portraits take some minutes.
"""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import count
from pathlib import Path

import numpy as np
from PIL import Image as Pillow
from PIL import ImageOps

from benchmarks.curves import Curve
from benchmarks.degraded import WORSE, copies
from benchmarks.face_pairs import Labelled, Pairs, pairs
from bot.settings import load_settings
from bot.wiring import recognizers
from pipeline.errors import FindMeError, NoFaceFound, UnreadablePhoto
from pipeline.labelled import LabelledProbe, read_labelled
from pipeline.recognizers import Recognizer


def run(photos: Path, name: str) -> None:
    """Looks at the photos and prints the lines."""
    folder = photos / "people" if (photos / "people").is_dir() else photos
    try:
        portraits = read_labelled(folder).probes
        recognizer = recognizers(load_settings()).get(name)
        print("\n".join(measured(recognizer, portraits)))
    except FindMeError as error:
        raise SystemExit(str(error)) from None
    except ValueError as error:
        raise SystemExit(f"{name} cannot be calibrated on {folder}: {error}.") from None


def measured(recognizer: Recognizer, portraits: Sequence[LabelledProbe]) -> list[str]:
    """What the portraits say of a recognizer, as lines of TOML. Raises ValueError where they say nothing."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        looked = pool.map(partial(labelled_faces, recognizer), portraits, count())
        faces = [face for seen in looked for face in seen]
    clear = [one for one in faces if one.clear]
    if not clear:
        raise ValueError("it finds no face")
    found = pairs(clear, faces)
    if found.genuine.all() or not found.genuine.any():
        raise ValueError("faces of two people are needed, and two portraits of one of them")
    curve = Curve.of(found.distance, found.genuine)
    head = f"# {recognizer.space}: {len(clear)} portraits, {len(faces) - len(clear)} copies, {found}"
    return [head, *shares(curve, found), curve.toml()]


def labelled_faces(recognizer: Recognizer, portrait: LabelledProbe, number: int) -> list[Labelled]:
    """The face of a portrait, and those of its small copies that are found: one of each size.

    How dark or blurred they are goes by the portrait's number.
    """
    data, name = portrait.path.read_bytes(), f"{portrait.person}/{portrait.path.name}"
    try:
        face = recognizer.probe(data).face
    except (NoFaceFound, UnreadablePhoto):
        return []
    labelled = [Labelled(name, True, face)]
    with Pillow.open(io.BytesIO(data)) as photo:
        upright = ImageOps.exif_transpose(photo).convert("RGB")
    box = [face.box.x, face.box.y, face.box.width, face.box.height]
    for place, (jpeg, middle) in enumerate(copies(upright, box)):
        size, worse = divmod(place, len(WORSE))
        if worse != (number + size) % len(WORSE):
            continue
        _, faces = recognizer.read(jpeg)
        near = [one for one in faces if np.abs(np.subtract(one.box.centre, middle)).max() < one.box.width / 2]
        if near:
            labelled.append(Labelled(name, False, max(near, key=lambda one: one.score)))
    return labelled


def shares(curve: Curve, found: Pairs) -> list[str]:
    """How many pairs of each kind the bars take, as comments."""
    bars = {"match": curve.threshold, "strong": curve.strong}
    return [
        f"# {word}: {(found.distance[found.genuine] <= bar).mean():.3f} of the genuine pairs, "
        f"{(found.distance[~found.genuine] <= bar).mean():.5f} of the impostors"
        for word, bar in bars.items()
        if bar is not None
    ]
