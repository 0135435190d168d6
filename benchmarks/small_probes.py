"""What a search with a small picture finds.

`python -m benchmarks.small_probes [PHOTOS [WORK]] [--others]`; PHOTOS and WORK as in benchmarks.accuracy.
Avatars are reduced and saved as JPEGs again. The first table says, for each cost of a small probe, how many
genuine pairs of reduced and whole portraits are accepted at one false accept in a thousand, and at three in
ten thousand; the second what the avatars find in a clear event, before and after: without that cost and the
rule that no match of a tiny probe is strong, and with both. The people of benchmarks.composed.TUNED_ON
decide; --others shows what the rest would say.
"""

from __future__ import annotations

import io
import json
import math
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

from benchmarks.composed import TUNED_ON, Recipe, composed
from benchmarks.looks import Look, digest, looked_at
from pipeline.calibration import TINY, Calibration
from pipeline.errors import NoFaceFound
from pipeline.memory_gallery import MemoryGallery
from pipeline.ranking import ranked
from pipeline.recognizers import Recognizer
from pipeline.registry import Recognizers
from pipeline.types import Face

WHOLE = 512  # side of an avatar, in pixels; a face takes a little more than half of it
SIDES = (128, 96, 64, 48, 40, 32, 24)
QUALITIES = (75, 85, 95)
COSTS = (0.0, 0.01, 0.015, 0.02, 0.025, 0.03)
FALSE_ACCEPTS = (1e-3, 3e-4)
HALF = 0.95  # half the side of an avatar, by the longer side of the face

MODELS = Path(".findme/models")


def reduced(avatar: Pillow.Image, side: int, quality: int) -> bytes:
    """A JPEG of the avatar."""
    data = io.BytesIO()
    avatar.resize((side, side), Pillow.Resampling.LANCZOS).save(data, "JPEG", quality=quality)
    return data.getvalue()


def face_of(recognizer: Recognizer, avatar: Pillow.Image, side: int, quality: int) -> Face | None:
    """The face that a reduced avatar is searched with."""
    try:
        return recognizer.probe(reduced(avatar, side, quality)).face
    except NoFaceFound:
        return None


def portraits(people: Path, others: bool) -> Iterator[tuple[str, Pillow.Image]]:
    """(PERSON/file, the portrait cut out as an avatar is)"""
    boxes: dict[str, list[float]] = json.loads((people / "boxes.json").read_text())
    for name, (x, y, width, height) in sorted(boxes.items()):
        if (name.split("/")[0] in TUNED_ON) != others:
            middle_x, middle_y, half = x + width / 2, y + height / 2, HALF * max(width, height)
            with Pillow.open(people / name) as portrait:
                right, bottom = min(portrait.width, middle_x + half), min(portrait.height, middle_y + half)
                crop = portrait.convert("RGB").crop(
                    (
                        round(max(0, middle_x - half)),
                        round(max(0, middle_y - half)),
                        round(right),
                        round(bottom),
                    )
                )
            yield name, crop.resize((WHOLE, WHOLE), Pillow.Resampling.LANCZOS)


def costs(people: Path, recognizer: Recognizer, others: bool) -> None:
    """Prints the first table."""
    avatars = dict(portraits(people, others))
    whole = {name: face_of(recognizer, avatar, WHOLE, 85) for name, avatar in avatars.items()}
    faces = {name: face for name, face in whole.items() if face is not None}
    vectors, names = np.stack([face.embedding for face in faces.values()]), np.array(list(faces))
    persons = np.array([name.split("/")[0] for name in names])
    distances, genuine, halvings = [], [], []
    for name, avatar in avatars.items():
        for side in SIDES:
            face = face_of(recognizer, avatar, side, 85)
            if face is not None:
                other = names != name
                distances.append(np.sqrt(((vectors - face.embedding) ** 2).sum(axis=1))[other])
                genuine.append((persons == name.split("/")[0])[other])
                halvings.append(np.full(other.sum(), _halvings(recognizer.calibration, face.size)))
    far, same, small = np.concatenate(distances), np.concatenate(genuine), np.concatenate(halvings)
    print(f"{same.sum()} genuine pairs, {(~same).sum()} impostor pairs; accepted at one in 1000, 3 in 10000:")
    for cost in COSTS:
        print(f"  cost {cost:.3f} {_accepted(far + cost * small, same)}")


def _halvings(calibration: Calibration, size: float) -> float:
    quality = calibration.quality
    return math.log2(quality.clear_probe / np.clip(size, quality.least_probe, quality.clear_probe))


def _accepted(distance: NDArray[np.float64], genuine: NDArray[np.bool_]) -> str:
    bars = [np.quantile(distance[~genuine], share) for share in FALSE_ACCEPTS]
    return " ".join(f"{(distance[genuine] <= bar).mean():8.3f}" for bar in bars)


def finds(look: Look, recognizer: Recognizer) -> None:
    """Prints the second table."""
    after = recognizer.calibration.among(sum(map(len, look.seen.photos)))
    before = replace(after, quality=replace(after.quality, probe_cost=0.0))
    print(f"{look.name}: recall, precision, wrong ones of the strong; before and after")
    for side in (WHOLE, *SIDES):
        probes = []
        for probe in look.labelled.probes:
            with Pillow.open(probe.path) as avatar:
                rgb = avatar.convert("RGB")
            probes += [(probe.person, face_of(recognizer, rgb, side, quality)) for quality in QUALITIES]
        size = np.median([face.size for _, face in probes if face])
        both = figures(look, probes, before, least=0.0), figures(look, probes, after, least=TINY)
        print(f"  {side:3} px (face {size:3.0f})  {'   '.join(both)}", flush=True)


def figures(
    look: Look, probes: list[tuple[str, Face | None]], calibration: Calibration, *, least: float
) -> str:
    gallery, photos = MemoryGallery(look.seen.photos), look.labelled.gallery
    there = found = right = strong = wrong = 0
    for person, face in probes:
        there += sum(person in photo.people for photo in photos)
        for hit in ranked(gallery, [face], calibration) if face else []:
            is_right = person in photos[hit.photo].people
            is_strong = hit.distance <= calibration.strong and face is not None and face.size >= least
            found, right = found + 1, right + is_right
            strong, wrong = strong + is_strong, wrong + (is_strong and not is_right)
    return f"{right / there:.3f} {right / max(found, 1):.3f} {wrong:2} of {strong:<4}"


def main(photos: Path, work: Path, *, others: bool) -> None:
    """Composes, looks, measures, prints."""
    work.mkdir(parents=True, exist_ok=True)
    recognizer = Recognizers(MODELS).get()
    costs(photos / "people", recognizer, others)
    event = composed(Recipe("clear", 7, 60, "apart" if others else "tuned"), photos, work)
    finds(looked_at(event, recognizer, work, digest(MODELS)), recognizer)


if __name__ == "__main__":
    given = [Path(word) for word in sys.argv[1:] if word != "--others"]
    defaults = [Path("../shared/photos"), Path(".findme/accuracy")]
    main(*[*given, *defaults[len(given) :]], others="--others" in sys.argv)
