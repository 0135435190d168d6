"""The pictures that the sample event is made from: free ones, within the packages of the extra `demo`."""

from __future__ import annotations

import functools
import importlib.util
from dataclasses import dataclass
from pathlib import Path

from PIL import Image as Pillow
from PIL import ImageOps

from pipeline.errors import FindMeError


@dataclass(frozen=True, slots=True)
class Portrait:
    """A portrait in the public domain, and where its face is."""

    package: str
    file: str
    face: tuple[int, int]  # its middle (x, y), in pixels
    size: int  # its height, chin to hair, in pixels


PORTRAITS = {
    "eileen": Portrait("skimage", "data/astronaut.png", (224, 112), 116),  # Eileen Collins; NASA
    "grace": Portrait(  # Grace Hopper; United States Navy
        "matplotlib", "mpl-data/sample_data/grace_hopper.jpg", (266, 218), 210
    ),
}

SCENES = {  # scikit-image's pictures without people; all of them free, see its data/README.txt
    "rocket": "data/rocket.jpg",
    "coffee": "data/coffee.png",
    "cat": "data/chelsea.png",
    "sky": "data/hubble_deep_field.jpg",
    "garage": "data/motorcycle_left.png",
    "moon": "data/moon.png",
    "bricks": "data/brick.png",
    "lawn": "data/grass.png",
    "gravel": "data/gravel.png",
}

TINTS = {  # dark and light end of a grey picture's colours
    "moon": ("#0e1118", "#e9e6df"),
    "bricks": ("#3a1d16", "#e3b9a0"),
    "lawn": ("#15240f", "#b9cf8c"),
    "gravel": ("#2c2a27", "#dcd6cb"),
}


@functools.cache
def portrait(person: str) -> Pillow.Image:
    """The portrait of `eileen` or `grace`, in RGB. Raises FindMeError when its package is missing."""
    return _open(PORTRAITS[person].package, PORTRAITS[person].file).convert("RGB")


@functools.cache
def scene(name: str) -> Pillow.Image:
    """A picture without people, in RGB. Raises FindMeError when scikit-image is missing."""
    picture = _open("skimage", SCENES[name])
    if name in TINTS:
        dark, light = TINTS[name]
        return ImageOps.colorize(picture.convert("L"), dark, light)
    return picture.convert("RGB")


def _open(package: str, file: str) -> Pillow.Image:
    """A picture in a package's folder; the package itself is not imported, which would take seconds."""
    spec = importlib.util.find_spec(package)
    for folder in (spec.submodule_search_locations or []) if spec else []:
        path = Path(folder) / file
        if path.is_file():
            with Pillow.open(path) as picture:
                return picture.copy()
    raise FindMeError(
        "The demo makes its photos from pictures of scikit-image and Matplotlib, which are not installed: run"
        " `pip install '.[demo]'` in FindMe's folder, or give the demo photos of your own."
    )
