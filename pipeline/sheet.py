"""The contact sheet: one picture that shows a search's outcome, the photo searched with first."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from pipeline import images
from pipeline.errors import UnreadablePhoto
from pipeline.types import Box

PHOTO = (384, 288)  # width and height that a tile's photo is fitted into, in pixels
PADDING = 14  # between a card's edge and its content
CAPTION = 64  # height of a card's two lines
GAP = 22  # between cards, and
MARGIN = 40  # around them all
COLUMNS = 6  # at most
LEAST_FRAME = 18  # side of a frame, in pixels, so that it is seen around a face in a crowd

PAPER, CARD, MOUNT = "#efece6", "#ffffff", "#e6e3dc"
INK, FAINT, ACCENT = "#22252b", "#74777d", "#e4572e"

SYSTEM_FONTS = ("DejaVuSans.ttf", "NotoSans-Regular.ttf", "Arial Unicode.ttf", "arial.ttf")

MARK = b"FindMe contact sheet"
"""The comment in the file, by which a sheet is known."""

MARK_WITHIN = 200  # bytes of the file's beginning

NO_MATCH = "No photo shows\nthis face."
NOT_READABLE = "This photo\ncannot be shown."


@dataclass(frozen=True, slots=True)
class SheetTile:
    """One photo of the sheet."""

    photo: bytes  # of the original file
    box: Box | None  # the face to frame, in pixels of the full-size upright photo
    caption: str  # first line in ink, a second one, the photo's name, in grey


def contact_sheet(probe: SheetTile, matches: Sequence[SheetTile]) -> bytes:
    """A JPEG of the probe and the matches in a grid. Photos that cannot be read are said to be so."""
    cards = [_card(probe, ACCENT), *(_card(tile, CARD) for tile in matches)]
    if not matches:
        cards.append(_said(NO_MATCH))
    columns = min(COLUMNS, max(2, math.ceil(math.sqrt(len(cards)))))
    rows = math.ceil(len(cards) / columns)
    width, height = cards[0].size
    sheet = Pillow.new("RGB", (_span(columns, width), _span(rows, height)), PAPER)
    for number, card in enumerate(cards):
        row, column = divmod(number, columns)
        sheet.paste(card, (MARGIN + column * (width + GAP), MARGIN + row * (height + GAP)))
    out = io.BytesIO()
    sheet.save(out, "JPEG", quality=90, comment=MARK)
    return out.getvalue()


def is_sheet(path: Path) -> bool:
    """Whether a file is a contact sheet. Raises OSError."""
    with path.open("rb") as file:
        return MARK in file.read(MARK_WITHIN)


def _span(count: int, size: int) -> int:
    return 2 * MARGIN + count * size + (count - 1) * GAP


def _card(tile: SheetTile, edge: str) -> Pillow.Image:
    """A tile: the photo on its mount, the face framed, the caption below."""
    card = _blank(edge)
    card.paste(_mounted(tile), (PADDING, PADDING))
    pen = ImageDraw.Draw(card)
    first, _, second = tile.caption.partition("\n")
    top = PADDING + PHOTO[1]
    _line(pen, first, top + 12, 22, INK)
    _line(pen, second, top + 42, 17, FAINT)
    return card


def _said(words: str) -> Pillow.Image:
    """A card that holds words alone."""
    card = _blank(CARD)
    middle = card.width / 2, card.height / 2
    ImageDraw.Draw(card).multiline_text(
        middle, words, FAINT, _font(26), anchor="mm", align="center", spacing=10
    )
    return card


def _blank(edge: str) -> Pillow.Image:
    size = PHOTO[0] + 2 * PADDING, PHOTO[1] + PADDING + CAPTION + PADDING
    card = Pillow.new("RGB", size, CARD)
    ImageDraw.Draw(card).rectangle((0, 0, size[0] - 1, size[1] - 1), outline=edge, width=4)
    return card


def _mounted(tile: SheetTile) -> Pillow.Image:
    """The photo, fitted into PHOTO, on a mount of that size."""
    mount = Pillow.new("RGB", PHOTO, MOUNT)
    try:
        image = images.decode(tile.photo, target=max(PHOTO))
    except UnreadablePhoto:
        middle = PHOTO[0] / 2, PHOTO[1] / 2
        ImageDraw.Draw(mount).multiline_text(
            middle, NOT_READABLE, FAINT, _font(20), anchor="mm", align="center"
        )
        return mount
    scale = min(PHOTO[0] / image.width, PHOTO[1] / image.height)
    size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    picture = Pillow.fromarray(image.pixels).resize(size, Pillow.Resampling.LANCZOS)
    if tile.box is not None:
        _frame(picture, tile.box, scale)
    mount.paste(picture, ((PHOTO[0] - size[0]) // 2, (PHOTO[1] - size[1]) // 2))
    return mount


def _frame(picture: Pillow.Image, box: Box, scale: float) -> None:
    """Frames a face, at a little distance; in white around the colour, so that it shows on any ground."""
    if min(picture.size) < LEAST_FRAME + 6:
        return
    half = 0.58 * scale * max(box.width, box.height)
    left, right = _side(box.centre[0] * scale, half, picture.width)
    top, bottom = _side(box.centre[1] * scale, half, picture.height)
    pen = ImageDraw.Draw(picture)
    for grow, colour, width in ((2, "white", 6), (0, ACCENT, 3)):
        outer = left - grow, top - grow, right + grow, bottom + grow
        pen.rounded_rectangle(outer, radius=min(8.0, (right - left) / 4), outline=colour, width=width)


def _side(middle: float, half: float, size: int) -> tuple[float, float]:
    """From where to where a frame reaches, within the picture and at least LEAST_FRAME long."""
    half = max(half, LEAST_FRAME / 2)
    start = min(max(2.0, middle - half), size - 3.0 - LEAST_FRAME)
    return start, max(min(size - 3.0, middle + half), start + LEAST_FRAME)


def _line(pen: ImageDraw.ImageDraw, text: str, top: int, size: int, colour: str) -> None:
    """One line of a caption, its middle left out where it is too long: names differ at their ends."""
    text = " ".join(text.split())
    font, room = _font(size, text), PHOTO[0]
    shown, kept = text, len(text)
    while kept > 2 and pen.textlength(shown, font) > room:
        kept -= 1
        shown = f"{text[: kept - kept // 2].rstrip()}...{text[-(kept // 2) :].lstrip()}"
    pen.text((PADDING, top), shown, colour, font)


def _font(size: int, text: str = "") -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Pillow's own font; where the text has letters that it lacks, one of the machine's, if there is any."""
    if not text.replace("·", "").isascii():
        for name in SYSTEM_FONTS:
            with suppress(OSError):
                return ImageFont.truetype(name, size)
    return ImageFont.load_default(size)
