"""What a glance at portraits costs and saves: `python -m benchmarks.probes [PHOTOS]`.

PHOTOS holds people/ (default: ../shared/photos). Each labelled portrait is made into avatars of several
kinds, and searched with twice: looked at in full, and at a glance first, as it is (pipeline/probes.py). What
comes out is compared with the others' plain avatars. Times are processor time, without decoding and
embedding.
"""

from __future__ import annotations

import io
import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image as Pillow
from PIL import ImageEnhance, ImageFilter

from pipeline import images, probes
from pipeline.errors import NoFaceFound
from pipeline.ports import Detector
from pipeline.recognizers import Recognizer
from pipeline.registry import Recognizers
from pipeline.types import Detection, Image

SIDE = 512  # of an avatar, in pixels
PLAIN = "plain"

Look = Callable[[Image, Detector], list[Detection]]
LOOKS: dict[str, Look] = {"in full": probes.look_in_full, "at a glance first": probes.find_faces}


@dataclass(slots=True)
class Seen:
    """The avatars of one kind, as one look sees them."""

    vectors: dict[str, np.ndarray] = field(default_factory=dict)  # by "PERSON/file"
    seconds: list[float] = field(default_factory=list)
    none: int = 0  # show no face


def kinds(portrait: Pillow.Image, box: list[float]) -> Iterator[tuple[str, Pillow.Image]]:
    """Avatars of a portrait whose face is at the box x, y, width, height."""
    avatar = _square(portrait, box, 1.9, SIDE)
    yield PLAIN, avatar
    yield "72 pixels", avatar.resize((72, 72), Pillow.Resampling.LANCZOS)
    yield "dark", ImageEnhance.Brightness(avatar).enhance(0.3)
    yield "blurred", avatar.filter(ImageFilter.GaussianBlur(12))
    yield "cut tight", _square(portrait, box, 1.0, SIDE)
    yield "loose, 1024 pixels", _square(portrait, box, 3.2, 2 * SIDE)
    scene = Pillow.new("RGB", (1200, 900), (90, 120, 100))
    scene.paste(avatar.resize((300, 300)), (500, 250))
    yield "in a scene", scene


def _square(portrait: Pillow.Image, box: list[float], margin: float, side: int) -> Pillow.Image:
    """What is around a face, `margin` times as large, as far as the photo goes."""
    x, y, width, height = box
    half = margin * max(width, height) / 2
    left, top = max(0, round(x + width / 2 - half)), max(0, round(y + height / 2 - half))
    right = min(portrait.width, round(x + width / 2 + half))
    bottom = min(portrait.height, round(y + height / 2 + half))
    return portrait.crop((left, top, right, bottom)).resize((side, side))


def seen(recognizer: Recognizer, look: Look, avatar: Pillow.Image, name: str, so_far: Seen) -> None:
    """Adds what a look sees in an avatar."""
    data = io.BytesIO()
    avatar.save(data, "JPEG", quality=92)
    image = images.decode(data.getvalue(), target=probes.DECODE_TARGET, limits=images.PROBE)
    started = time.process_time()
    try:
        found = look(image, recognizer.probe_detector or recognizer.detector)
    except NoFaceFound:
        so_far.none += 1
        return
    so_far.seconds.append(time.process_time() - started)
    embedder = recognizer.probe_embedder or recognizer.embedder
    chip = recognizer.aligner(image, probes.most_relevant(found, image))
    so_far.vectors[name] = embedder.embed([chip])[0]


def shares(found: Seen, plain: Seen, threshold: float) -> tuple[float, float]:
    """The shares of genuine and of impostor pairs within the threshold, with the others' plain avatars."""
    within: dict[bool, list[bool]] = {True: [], False: []}
    for name, vector in found.vectors.items():
        for other, reference in plain.vectors.items():
            if other != name:
                same = other.split("/")[0] == name.split("/")[0]
                within[same].append(bool(np.linalg.norm(vector - reference) <= threshold))
    return float(np.mean(within[True])), float(np.mean(within[False]))


def main(photos: Path) -> None:
    """Measures and prints the table."""
    people = photos / "people"
    recognizer = Recognizers(Path(".findme/models")).get()
    found: dict[tuple[str, str], Seen] = {}
    for name, box in sorted(json.loads((people / "boxes.json").read_text()).items()):
        with Pillow.open(people / name) as portrait:
            for kind, avatar in kinds(portrait.convert("RGB"), box):
                for said, look in LOOKS.items():
                    seen(recognizer, look, avatar, name, found.setdefault((kind, said), Seen()))
    print(f"{'avatars':20}{'looked at':20}{'no face':>9}{'genuine':>9}{'strangers':>11}{'ms':>7}")
    for (kind, said), each in found.items():
        genuine, strangers = shares(each, found[PLAIN, "in full"], recognizer.threshold)
        milliseconds = np.median(each.seconds) * 1000
        print(f"{kind:20}{said:20}{each.none:>9}{genuine:>9.4f}{strangers:>11.4f}{milliseconds:>7.0f}")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "../shared/photos"))
