"""The contact sheet: every tile in its place, the face framed, whatever the photos are."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image as Pillow

from pipeline.sheet import ACCENT, GAP, MARGIN, PADDING, PHOTO, SheetTile, contact_sheet
from pipeline.types import Box
from tests.fakes.odd_photos import encoded, turned_by_exif

CARD = PHOTO[0] + 2 * PADDING, PHOTO[1] + 2 * PADDING + 64
BLUE, GREEN = (20, 40, 200), (20, 180, 40)


def photo(colour: tuple[int, int, int], size: tuple[int, int] = (768, 576)) -> bytes:
    return encoded(Pillow.new("RGB", size, colour), "JPEG", quality=95)


def tile(
    colour: tuple[int, int, int] = GREEN, box: Box | None = None, caption: str = "1 · strong 98 %"
) -> SheetTile:
    return SheetTile(photo(colour), box, caption)


def drawn(probe: SheetTile, matches: list[SheetTile]) -> Pillow.Image:
    sheet = Pillow.open(io.BytesIO(contact_sheet(probe, matches)))
    assert sheet.format == "JPEG"
    return sheet.convert("RGB")


def photo_area(sheet: Pillow.Image, row: int, column: int) -> np.ndarray:
    """The pixels that a tile's photo is fitted into."""
    left = MARGIN + column * (CARD[0] + GAP) + PADDING
    top = MARGIN + row * (CARD[1] + GAP) + PADDING
    return np.asarray(sheet.crop((left, top, left + PHOTO[0], top + PHOTO[1]))).astype(int)


def is_accent(pixels: np.ndarray) -> np.ndarray:
    accent = np.array([int(ACCENT[place : place + 2], 16) for place in (1, 3, 5)])
    return np.abs(pixels - accent).sum(axis=-1) < 60


def caption_area(sheet: Pillow.Image, column: int) -> np.ndarray:
    left, top = MARGIN + column * (CARD[0] + GAP) + PADDING, MARGIN + PADDING + PHOTO[1] + 4
    return np.asarray(sheet.crop((left, top, left + PHOTO[0], top + 60)).convert("L"))


@pytest.mark.parametrize(
    ("matches", "columns", "rows"), [(0, 2, 1), (1, 2, 1), (2, 2, 2), (8, 3, 3), (60, 6, 11)]
)
def test_the_grid_grows_with_the_matches(matches: int, columns: int, rows: int) -> None:
    sheet = drawn(tile(BLUE), [tile()] * matches)
    assert sheet.width == 2 * MARGIN + columns * CARD[0] + (columns - 1) * GAP
    assert sheet.height == 2 * MARGIN + rows * CARD[1] + (rows - 1) * GAP


def test_the_probe_comes_first_and_the_matches_in_their_order() -> None:
    sheet = drawn(tile(BLUE), [tile(GREEN), tile((200, 200, 0))])
    for place, colour in (((0, 0), BLUE), ((0, 1), GREEN), ((1, 0), (200, 200, 0))):
        np.testing.assert_allclose(photo_area(sheet, *place)[144, 192], colour, atol=6)


def test_the_face_is_framed_where_it_is() -> None:
    sheet = drawn(tile(BLUE), [tile(GREEN, Box(400, 200, 100, 100))])  # shown at half its size
    rows, columns = np.nonzero(is_accent(photo_area(sheet, 0, 1)))
    assert abs((columns.min() + columns.max()) / 2 - 225) < 4
    assert abs((rows.min() + rows.max()) / 2 - 125) < 4
    assert 50 < np.ptp(rows) < 70
    assert not is_accent(photo_area(sheet, 0, 0)).any(), "no box, no frame"


@pytest.mark.parametrize(
    "box", [Box(-50, -50, 60, 60), Box(760, 570, 40, 40), Box(5000, 5000, 9, 9), Box(0, 0, 1, 1)]
)
def test_a_face_at_or_over_the_edge_is_framed_within_the_photo(box: Box) -> None:
    assert is_accent(photo_area(drawn(tile(BLUE), [tile(GREEN, box)]), 0, 1)).any()


def test_a_photo_on_its_side_is_shown_upright_and_framed() -> None:
    halves = Pillow.new("RGB", (576, 768), BLUE)
    halves.paste(GREEN, (0, 384, 576, 768))
    match = SheetTile(turned_by_exif(halves, 6), Box(238, 50, 100, 100), "1")
    area = photo_area(drawn(tile(), [match]), 0, 1)
    np.testing.assert_allclose(area[20, 110], BLUE, atol=8)
    np.testing.assert_allclose(area[270, 110], GREEN, atol=8)
    rows, columns = np.nonzero(is_accent(area))
    assert rows.max() < 70
    assert abs((columns.min() + columns.max()) / 2 - 192) < 4


def test_captions_are_written_and_fit() -> None:
    long = "2024/a-rather-long-name-of-a-folder/" * 4 + "DSC_0815.JPG"
    names = ["\n" + long, "\nshort.jpg", "\nGrüße 写真.jpg", ""]
    sheet = drawn(tile(caption=names[0]), [tile(caption=name) for name in names[1:2]])
    inked = [np.nonzero((caption_area(sheet, column) < 180).any(axis=0))[0] for column in (0, 1)]
    assert PHOTO[0] * 0.8 < inked[0].max() < PHOTO[0] - 1
    assert 0 < inked[1].max() < PHOTO[0] / 2
    drawn(tile(caption=names[2]), [tile(caption=names[3])])


def test_a_photo_that_cannot_be_read_keeps_its_place() -> None:
    sheet = drawn(tile(BLUE), [SheetTile(b"gone", None, "1 · strong 98 %\ngone.jpg"), tile(GREEN)])
    np.testing.assert_allclose(photo_area(sheet, 1, 0)[144, 192], GREEN, atol=6)


def test_extreme_shapes_are_shown() -> None:
    for size in ((1, 1), (4000, 2), (2, 4000)):
        drawn(tile(), [SheetTile(photo(GREEN, size), Box(0, 0, 1, 1), "1")])
