"""A small event made of public-domain portraits that packages ship: Grace Hopper and Eileen Collins."""

from __future__ import annotations

import io
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import numpy as np
from PIL import Image, ImageEnhance, ImageOps

GRACES = {"grace-1.jpg", "day 2/grace-2.JPG", "grace & co <3>.png", "grace-huge.jpg"}
EILEENS = {"eileen-1.jpg", "eileen-2.jpg", "eileen-3.jpg"}
HUGE = 2600  # pixels, more than is ever posted
GPS, LATITUDE, MAKE, TIME = 0x8825, 2, 271, 306  # EXIF tags


def grace() -> Image.Image:
    """Grace Hopper, whose portrait Matplotlib ships."""
    with Image.open(_package("matplotlib", "mpl-data/sample_data/grace_hopper.jpg")) as picture:
        return picture.convert("RGB")


def eileen() -> Image.Image:
    """Eileen Collins, whose portrait scikit-image ships."""
    with Image.open(_package("skimage", "data/astronaut.png")) as picture:
        return picture.convert("RGB")


def jpeg(picture: Image.Image, *, located: bool = False, hour: int | None = None) -> bytes:
    """JPEG bytes; located: with a camera's EXIF and a GPS position in it; hour: of the day, when taken.

    Copies of one picture that were taken at several hours are shown as several photos.
    """
    exif = Image.Exif()
    if hour is not None:
        exif[TIME] = f"2026:06:01 {hour:02}:00:00"
    if located:
        exif[MAKE] = "Camera"
        exif.get_ifd(GPS)[LATITUDE] = (52.0, 31.0, 12.0)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=90, exif=exif)
    return out.getvalue()


def scenery(seed: int = 0) -> Image.Image:
    """A picture without any face."""
    noise = np.random.default_rng(seed).integers(0, 255, (6, 8, 3), dtype=np.uint8)
    return Image.fromarray(noise).resize((640, 480), Image.Resampling.BICUBIC)


def together() -> Image.Image:
    """Both of them side by side, Eileen the smaller one at the edge."""
    canvas = Image.new("RGB", (900, 620), "grey")
    canvas.paste(grace().resize((512, 600)), (0, 10))
    canvas.paste(eileen().resize((360, 360)), (530, 200))
    return canvas


def fill(folder: Path) -> None:
    """Writes the event's photos: GRACES, EILEENS and two without faces."""
    for hour, (name, picture) in enumerate(_photos()):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if name.endswith(".png"):
            picture.save(path)
        else:
            path.write_bytes(jpeg(picture, located=True, hour=hour))


def _photos() -> Iterator[tuple[str, Image.Image]]:
    one, other = grace(), eileen()
    yield "grace-1.jpg", one.rotate(4, fillcolor="grey")
    yield "day 2/grace-2.JPG", ImageEnhance.Brightness(one).enhance(0.8).resize((400, 470))
    yield "grace & co <3>.png", ImageOps.mirror(ImageEnhance.Color(one).enhance(0.3))
    yield "grace-huge.jpg", one.resize((HUGE * one.width // one.height, HUGE))
    yield "eileen-1.jpg", other.rotate(-4, fillcolor="grey")
    yield "eileen-2.jpg", ImageEnhance.Brightness(other).enhance(1.2)
    yield "eileen-3.jpg", ImageEnhance.Contrast(other).enhance(0.8).resize((400, 400))
    yield "hill.jpg", scenery(1)
    yield "lake.jpg", scenery(2)


def _package(name: str, path: str) -> Path:
    return Path(str(files(name))) / path
