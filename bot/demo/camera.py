"""How the sample event's photos are taken: framing, prints on walls, light, and a hand that shakes."""

from __future__ import annotations

import random

import numpy as np
from PIL import Image as Pillow
from PIL import ImageChops, ImageEnhance, ImageFilter, ImageOps

from bot.demo import pictures

BILINEAR, BICUBIC = Pillow.Resampling.BILINEAR, Pillow.Resampling.BICUBIC


def close_up(person: str, size: tuple[int, int], rng: random.Random) -> Pillow.Image:
    """A photo that a person fills, from the head alone to the whole portrait."""
    return _framed(person, size, rng, tightness=rng.uniform(2.0, 3.4))


def wall(people: list[str], ground: str, size: tuple[int, int], rng: random.Random) -> Pillow.Image:
    """A scene with a print of each person hung up before it."""
    photo = view(ground, size, rng)
    photo = ImageEnhance.Brightness(photo).enhance(rng.uniform(0.6, 0.9))
    width, height = size
    room = width / len(people)
    for number, person in enumerate(people):
        tall = min(height * rng.uniform(0.6, 0.8), room * 0.9)
        wide = tall * rng.choice((0.75, 0.8, 1.0))
        middle = room * (number + 0.5) + rng.uniform(-0.5, 0.5) * max(0.0, room * 0.85 - wide)
        picture = _framed(person, (round(wide), round(tall)), rng, tightness=rng.uniform(2.0, 3.0))
        _hang(photo, picture, (middle, height * rng.uniform(0.47, 0.53)), rng)
    return photo


def view(name: str, size: tuple[int, int], rng: random.Random) -> Pillow.Image:
    """A part of a scene."""
    picture = pictures.scene(name)
    if rng.random() < 0.5:
        picture = ImageOps.mirror(picture)
    part = rng.uniform(0.75, 1.0)
    width, height = (round(side * part) for side in picture.size)
    left, top = rng.randint(0, picture.width - width), rng.randint(0, picture.height - height)
    return ImageOps.fit(picture.crop((left, top, left + width, top + height)), size, BICUBIC)


def in_light(photo: Pillow.Image, rng: random.Random) -> Pillow.Image:
    """The photo in warmer or cooler, brighter or dimmer light, a little out of focus at times."""
    warmth, gamma = rng.uniform(-0.12, 0.14), rng.uniform(0.8, 1.3)
    contrast = rng.uniform(0.85, 1.15)
    gains = (1 + warmth, 1.0, 1 - warmth)
    levels = [gain * (level / 255) ** gamma for gain in gains for level in range(256)]
    photo = photo.point(
        [round(255 * min(1.0, max(0.0, 0.45 + contrast * (level - 0.45)))) for level in levels]
    )
    photo = ImageEnhance.Color(photo).enhance(rng.uniform(0.7, 1.2))
    blur = rng.choice((0.0, 0.0, 0.0, 0.6, 1.2)) * min(photo.size) / 1000
    if blur:
        photo = photo.filter(ImageFilter.BoxBlur(blur))
    return _darker_corners(photo, rng.uniform(0.0, 0.35))


def _framed(person: str, size: tuple[int, int], rng: random.Random, *, tightness: float) -> Pillow.Image:
    """A part of a portrait, `tightness` faces high if the portrait is, tilted, at times mirrored."""
    whole, known = pictures.portrait(person), pictures.PORTRAITS[person]
    aspect = size[0] / size[1]
    height = min(known.size * tightness, whole.height * 0.92, whole.width * 0.92 / aspect)
    width = height * aspect
    x, y = known.face
    picture = whole.rotate(rng.uniform(-7, 7), BICUBIC, center=known.face, fillcolor=_corner_colour(whole))
    left = _within(x - width * rng.uniform(0.42, 0.58), whole.width - width)
    top = _within(y - height * rng.uniform(0.38, 0.5), whole.height - height)
    picture = picture.resize(size, BICUBIC, box=(left, top, left + width, top + height))
    return ImageOps.mirror(picture) if rng.random() < 0.5 else picture


def _within(start: float, most: float) -> float:
    return min(max(0.0, start), max(0.0, most))


def _corner_colour(picture: Pillow.Image) -> tuple[int, ...]:
    return tuple(round(level) for level in np.asarray(picture)[:8, -8:].mean(axis=(0, 1)))


def _hang(
    photo: Pillow.Image, picture: Pillow.Image, middle: tuple[float, float], rng: random.Random
) -> None:
    """Pastes a print with a white border and a soft shadow, a little crooked."""
    border = round(0.045 * max(picture.size))
    print_ = ImageOps.expand(picture, border, rng.choice(("#fbfaf6", "#f3efe4", "#ffffff")))
    spread = border
    canvas = Pillow.new("RGBA", (print_.width + 4 * spread, print_.height + 4 * spread), (255, 255, 255, 0))
    canvas.paste(print_, (2 * spread, 2 * spread))
    canvas = canvas.rotate(rng.uniform(-5, 5), BILINEAR)
    corner = round(middle[0] - canvas.width / 2), round(middle[1] - canvas.height / 2)
    shape = canvas.getchannel("A")
    shadow = ImageChops.offset(shape, spread // 3, spread // 2).filter(ImageFilter.BoxBlur(spread / 2))
    photo.paste("black", corner, shadow.point(lambda level: level * 0.55))
    photo.paste(canvas, corner, shape)


def _darker_corners(photo: Pillow.Image, strength: float) -> Pillow.Image:
    """As lenses darken them."""
    shade = (
        Pillow.radial_gradient("L")
        .resize(photo.size, BILINEAR)
        .point(lambda level: 255 - strength * level * 0.7)
    )
    return ImageChops.multiply(photo, Pillow.merge("RGB", (shade, shade, shade)))
