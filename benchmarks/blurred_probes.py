"""What a search with a blurred picture finds where faces are blurred, too.

`python -m benchmarks.blurred_probes [PHOTOS [WORK]] [--others]`; all as in benchmarks.small_probes, in a hard
event: recall, precision and the wrong ones of the strong hits, before and after: without and with the cost of
blur.
"""

from __future__ import annotations

import io
import sys
from dataclasses import replace
from pathlib import Path

from PIL import Image as Pillow
from PIL import ImageEnhance, ImageFilter

from benchmarks.composed import Recipe, composed
from benchmarks.looks import digest, looked_at
from benchmarks.small_probes import MODELS, figures
from pipeline.errors import NoFaceFound
from pipeline.recognizers import Recognizer
from pipeline.registry import Recognizers
from pipeline.types import Face

RADII = (0, 5, 7, 9, 12)  # of a Gaussian blur, in pixels of avatars that are 512 wide
LIGHTS = (1.0, 0.6)


def blurred(recognizer: Recognizer, path: Path, radius: int, light: float) -> Face | None:
    """The face that the avatar is searched with."""
    data = io.BytesIO()
    with Pillow.open(path) as avatar:
        dimmed = ImageEnhance.Brightness(avatar.convert("RGB")).enhance(light)
    dimmed.filter(ImageFilter.GaussianBlur(radius)).save(data, "JPEG", quality=85)
    try:
        return recognizer.probe(data.getvalue()).face
    except NoFaceFound:
        return None


def main(photos: Path, work: Path, *, others: bool) -> None:
    """Composes, looks, measures, prints."""
    work.mkdir(parents=True, exist_ok=True)
    recognizer = Recognizers(MODELS).get()
    event = composed(Recipe("hard", 31, 40, "apart" if others else "tuned"), photos, work)
    look = looked_at(event, recognizer, work, digest(MODELS))
    after = recognizer.calibration.among(sum(map(len, look.seen.photos)))
    before = replace(after, quality=replace(after.quality, blur_cost=0.0))
    print(f"{look.name}: recall, precision, wrong ones of the strong; before and after")
    for radius in RADII:
        probes = [
            (probe.person, blurred(recognizer, probe.path, radius, light))
            for probe in look.labelled.probes
            for light in LIGHTS
        ]
        both = [figures(look, probes, calibration, least=0.0) for calibration in (before, after)]
        print(f"  radius {radius:2}  {'   '.join(both)}", flush=True)


if __name__ == "__main__":
    given = [Path(word) for word in sys.argv[1:] if word != "--others"]
    defaults = [Path("../shared/photos"), Path(".findme/accuracy")]
    main(*[*given, *defaults[len(given) :]], others="--others" in sys.argv)
