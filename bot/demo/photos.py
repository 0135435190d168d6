"""The sample event: three dozen photos of two people, made from portraits in the public domain.

Eileen Collins, who commanded the Space Shuttle, and Grace Hopper, who taught computers to read, at one party.
"""

from __future__ import annotations

import io
import json
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from PIL import Image as Pillow
from PIL import ImageOps
from PIL.ExifTags import IFD, Base

from bot.demo import camera, pictures

SIZES = ((1200, 900), (1350, 900), (1440, 1080), (1080, 1080), (900, 1200), (1000, 1500), (1800, 1200))

SIDEWAYS = {  # EXIF orientation: how the picture lies in a file that says so
    3: Pillow.Transpose.ROTATE_180,
    6: Pillow.Transpose.ROTATE_90,
    8: Pillow.Transpose.ROTATE_270,
}

AVATAR = 512  # pixels a side, as Slack keeps them

FIRST_SHOT = datetime(2024, 6, 14, 18, 0, 0)  # EXIF times know no zone


@dataclass(frozen=True, slots=True)
class DemoEvent:
    """A sample event in the layout that `findme eval` reads."""

    photos: Path  # the folder of its photos
    avatars: dict[str, Path]  # person: a picture of them that is none of the event's
    truth: dict[str, frozenset[str]]  # person: the names of the photos that show them


@dataclass(frozen=True, slots=True)
class Shot:
    """What a photo is to show."""

    people: tuple[str, ...]  # none: a scene alone
    ground: str | None  # the scene; None: a person fills the photo


SHOTS = (
    *(Shot((person,), None) for person in ("eileen", "grace") for _ in range(6)),
    *(Shot(("eileen",), ground) for ground in ("rocket", "bricks", "lawn", "garage", "sky", "gravel")),
    *(Shot(("grace",), ground) for ground in ("bricks", "coffee", "moon", "garage", "lawn")),
    *(Shot(("eileen", "grace"), ground) for ground in ("bricks", "rocket", "moon")),
    *(Shot(("grace", "eileen"), ground) for ground in ("gravel", "sky")),
    *(Shot((), ground) for ground in ("rocket", "coffee", "coffee", "cat", "garage", "sky", "moon", "lawn")),
)


def build(folder: Path, seed: int = 7) -> DemoEvent:
    """Writes `photos/`, `avatars/PERSON.jpg` and `truth.json` into `folder`; the same for the same seed.

    Raises FindMeError when the packages are missing whose pictures it is made from.
    """
    photos = folder / "photos"
    photos.mkdir(parents=True, exist_ok=True)
    shown = {}
    for name, shot, data in _photos(seed):
        (photos / name).write_bytes(data)
        shown[name] = list(shot.people)
    (folder / "truth.json").write_text(json.dumps({"photos": shown}, indent=1))
    truth = {
        person: frozenset(name for name, people in shown.items() if person in people)
        for person in pictures.PORTRAITS
    }
    return DemoEvent(photos, _avatars(folder / "avatars"), truth)


def _photos(seed: int) -> Iterator[tuple[str, Shot, bytes]]:
    """Name, content and bytes of each photo. Drawn side by side: Pillow leaves the other cores free."""
    rng = random.Random(seed)  # noqa: S311  (nothing secret about these)
    shots = rng.sample(SHOTS, len(SHOTS))
    seeds = [rng.random() for _ in shots]
    with ThreadPoolExecutor() as pool:
        for number, data in enumerate(pool.map(_photo, range(1, len(shots) + 1), shots, seeds), start=1):
            yield f"IMG_{400 + number:04}.{_kind(number)}", shots[number - 1], data


def _kind(number: int) -> str:
    return {9: "png", 17: "webp"}.get(number, "jpg")


def _photo(number: int, shot: Shot, seed: float) -> bytes:
    photo = _take(shot, random.Random(seed))  # noqa: S311  (nothing secret about these)
    orientation = (6, 8, 3)[number // 6 % 3] if number % 6 == 0 else 1
    return _stored(photo, _kind(number), orientation, FIRST_SHOT + timedelta(minutes=4 * number))


def _take(shot: Shot, rng: random.Random) -> Pillow.Image:
    sizes = [size for size in SIZES if size[0] > size[1]] if len(shot.people) > 1 else SIZES
    size = rng.choice(sizes)
    if shot.ground is None:
        photo = camera.close_up(shot.people[0], size, rng)
    elif shot.people:
        photo = camera.wall(list(shot.people), shot.ground, size, rng)
    else:
        photo = camera.view(shot.ground, size, rng)
    return camera.in_light(photo, rng)


def _stored(photo: Pillow.Image, kind: str, orientation: int, taken: datetime) -> bytes:
    """The file as a camera would write it: lying on its side at times, and saying so."""
    exif = Pillow.Exif()
    exif[Base.Orientation] = orientation
    exif[Base.Make] = "FindMe"
    exif.get_ifd(IFD.Exif)[Base.DateTimeOriginal] = taken.strftime("%Y:%m:%d %H:%M:%S")
    if orientation in SIDEWAYS:
        photo = photo.transpose(SIDEWAYS[orientation])
    out = io.BytesIO()
    if kind == "png":
        photo.save(out, "PNG", exif=exif.tobytes(), compress_level=1)
    else:
        photo.save(out, "JPEG" if kind == "jpg" else kind, quality=88, exif=exif.tobytes())
    return out.getvalue()


def _avatars(folder: Path) -> dict[str, Path]:
    """The head of each portrait, as it is."""
    folder.mkdir(exist_ok=True)
    avatars = {}
    for person, known in pictures.PORTRAITS.items():
        reach = known.size * 0.9
        (x, y), portrait = known.face, pictures.portrait(person)
        head = portrait.crop((round(x - reach), round(y - reach), round(x + reach), round(y + reach)))
        avatars[person] = folder / f"{person}.jpg"
        ImageOps.fit(head, (AVATAR, AVATAR), camera.BICUBIC).save(avatars[person], "JPEG", quality=90)
    return avatars
