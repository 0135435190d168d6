"""Profile pictures in Slack's sizes: a square cut of what was uploaded, or a generated default."""

from __future__ import annotations

import io
from functools import lru_cache

from PIL import Image, ImageDraw, ImageFont, ImageOps, UnidentifiedImageError

from bot.playground.model import Person

_COLOURS = ("#4a154b", "#1264a3", "#2b7a5b", "#b3541e", "#7c3085", "#0b6e7f")
MAX_SIDE = 1024


def picture(person: Person, size: str) -> bytes:
    """The picture of that size ("24" ... "1024" or "original"), whatever the person uploaded."""
    if person.avatar is None:
        return _default(person.id, person.real_name, min(int(size), 512) if size.isdigit() else 512)
    if size == "original" or not size.isdigit():
        return person.avatar
    return _square(person.avatar, min(int(size), MAX_SIDE))


@lru_cache(maxsize=256)
def _square(data: bytes, side: int) -> bytes:
    """A JPEG of side x side pixels; what cannot be read as a picture is handed out as it is."""
    try:
        with Image.open(io.BytesIO(data)) as opened:
            upright = ImageOps.exif_transpose(opened).convert("RGB")
    except (UnidentifiedImageError, OSError):
        return data
    return _encode(ImageOps.fit(upright, (side, side)), "JPEG")


@lru_cache(maxsize=256)
def _default(seed: str, name: str, side: int) -> bytes:
    """A PNG with the initials on one of a few colours."""
    image = Image.new("RGB", (side, side), _COLOURS[sum(seed.encode()) % len(_COLOURS)])
    initials = "".join(part[0] for part in name.split()[:2]).upper() or "?"
    ImageDraw.Draw(image).text(
        (side / 2, side / 2), initials, fill="white", anchor="mm", font=ImageFont.load_default(side * 0.42)
    )
    return _encode(image, "PNG")


def _encode(image: Image.Image, kind: str) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, quality=88)
    return out.getvalue()
