"""Photos of 12 megapixels with four labelled faces each, composed from labelled portraits."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from benchmarks.photos import HEIGHT, WIDTH
from pipeline import images
from pipeline.types import Pixels

FACES = 4  # a photo
WIDTHS = (110, 420)  # of faces, in pixels: all above the 100 pixels from which the article's chain looks
BENT = 18  # degrees, to either side
LIGHT = (0.75, 1.2)
AROUND = 2.3  # side of what is pasted, over the face's
AVATAR_SIDE = 512

Faces = dict[str, tuple[float, float]]
"""Person to the middle (x, y) of the face, in pixels."""


@dataclass(frozen=True, slots=True)
class GroupPhoto:
    """A composed photo."""

    data: bytes  # JPEG
    faces: Faces


@dataclass(frozen=True, slots=True)
class Groups:
    """The photos, and one more portrait of each person, which is in none of them."""

    photos: tuple[GroupPhoto, ...]
    avatars: dict[str, bytes]


@dataclass(frozen=True, slots=True)
class Portrait:
    """A face with what is around it."""

    pixels: Pixels
    x: float  # of the face's middle
    y: float
    width: float  # of the face


def composed(people: Path, count: int, seed: int = 12) -> Groups:
    """`people` holds PERSON/* and boxes.json: {"PERSON/file": [x, y, width, height] of the face}."""
    random = np.random.default_rng(seed)
    boxes = json.loads((people / "boxes.json").read_text())
    portraits: dict[str, list[Portrait]] = {}
    for name, box in sorted(boxes.items()):
        pixels = images.decode((people / name).read_bytes()).pixels
        portraits.setdefault(name.split("/")[0], []).append(_around(pixels, *box))
    several = {person: shots for person, shots in portraits.items() if len(shots) > 1}
    avatars = {person: _avatar(shots.pop(0)) for person, shots in several.items()}
    return Groups(tuple(_photo(several, random) for _ in range(count)), avatars)


def _photo(portraits: dict[str, list[Portrait]], random: np.random.Generator) -> GroupPhoto:
    coarse = random.integers(40, 200, (HEIGHT // 100, WIDTH // 100, 3), dtype=np.uint8)
    canvas = cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    canvas = cv2.add(canvas, random.integers(0, 12, canvas.shape, dtype=np.uint8))
    faces: Faces = {}
    for place, person in enumerate(random.choice(sorted(portraits), FACES, replace=False)):
        shots = portraits[person]
        shot = _varied(shots[random.integers(len(shots))], random)
        height, width = shot.pixels.shape[:2]
        left = place * WIDTH // FACES + int(random.integers(0, max(1, WIDTH // FACES - width)))
        top = int(random.integers(0, HEIGHT - height))
        canvas[top : top + height, left : left + width] = shot.pixels
        faces[str(person)] = (left + shot.x, top + shot.y)
    return GroupPhoto(images.encode_jpeg(np.asarray(canvas, np.uint8), max_side=WIDTH, quality=90), faces)


def _varied(shot: Portrait, random: np.random.Generator) -> Portrait:
    """A portrait at its size in the photo, the head bent and the light changed a little."""
    scale = float(np.exp(random.uniform(*np.log(WIDTHS)))) / shot.width
    x, y = shot.x * scale, shot.y * scale
    matrix = cv2.getRotationMatrix2D((shot.x, shot.y), random.uniform(-BENT, BENT), scale)
    matrix[:, 2] += x - shot.x, y - shot.y
    size = round(shot.pixels.shape[1] * scale), round(shot.pixels.shape[0] * scale)
    bent = cv2.warpAffine(shot.pixels, matrix, size, borderMode=cv2.BORDER_REFLECT_101)
    return Portrait(np.asarray(cv2.convertScaleAbs(bent, alpha=random.uniform(*LIGHT)), np.uint8), x, y, 0)


def _around(pixels: Pixels, x: float, y: float, width: float, height: float) -> Portrait:
    """What the photo has of the square around a face."""
    half = AROUND * max(width, height) / 2
    left, top = max(0, round(x + width / 2 - half)), max(0, round(y + height / 2 - half))
    part = pixels[top : round(y + height / 2 + half), left : round(x + width / 2 + half)]
    return Portrait(part, x + width / 2 - left, y + height / 2 - top, width)


def _avatar(shot: Portrait) -> bytes:
    scale = AVATAR_SIDE / max(shot.pixels.shape)
    size = round(shot.pixels.shape[1] * scale), round(shot.pixels.shape[0] * scale)
    return images.encode_jpeg(np.asarray(cv2.resize(shot.pixels, size), np.uint8))
