"""What `findme find` says around its matches."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image as Pillow

from bot.finding import check_sheet, find_photos, write_sheet
from pipeline.errors import FindMeError, Interrupted
from pipeline.finder import PhotoFinder
from pipeline.sheet import SheetTile, contact_sheet
from pipeline.sources.folder import FolderSource
from pipeline.store import Store
from pipeline.types import EventKey, Strength
from tests.fakes.recognizer import BLUE, RED, FakeRecognizers, picture, squares

LIKE_RED = (220, 30, 80)  # a distance of 0.2 from red


@pytest.fixture
def finder(store: Store) -> PhotoFinder:
    return PhotoFinder(store, FakeRecognizers(squares()), FolderSource, workers=1)


def test_an_event_of_which_nothing_could_be_read_is_not_the_probes_fault(
    finder: PhotoFinder, tmp_path: Path
) -> None:
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8 and no more")
    report = finder.index(FolderSource(tmp_path), EventKey("bad"))
    assert (report.photos, len(report.failed)) == (0, 1)
    found = find_photos(finder, [picture(RED)], "bad", limit=None, threshold=None)
    assert found.matches == ()
    assert found.nothing.startswith("bad holds no photos.")


def test_a_crowded_probe_says_which_face_it_stands_for(finder: PhotoFinder, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(picture(RED))
    finder.index(FolderSource(tmp_path), EventKey("crabs"))
    found = find_photos(finder, [picture(RED), picture(RED, BLUE)], "crabs", limit=None, threshold=None)
    assert next(note for note in found.notes if "2 faces" in note).startswith("Photo 2 shows 2 faces;")
    alone = find_photos(finder, [picture(RED)], "crabs", limit=None, threshold=None)
    assert alone.notes == ()
    assert "well-lit" in alone.nothing
    strict = find_photos(finder, [picture(BLUE)], "crabs", limit=None, threshold=0.0)
    assert strict.nothing.startswith("No photo shows this person within a distance of 0. Without --threshold")


def test_what_is_not_sure_is_said(finder: PhotoFinder, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(picture(RED))
    finder.index(FolderSource(tmp_path), EventKey("crabs"))
    near = find_photos(finder, [picture(LIKE_RED)], "crabs", limit=None, threshold=None)
    assert [match.strength for match in near.matches] == [Strength.POSSIBLE]
    assert [note.partition(":")[0] for note in near.notes] == ["No match is sure"]
    assert find_photos(finder, [picture(RED)], "crabs", limit=None, threshold=None).notes == ()


@pytest.mark.parametrize("colour", [RED, BLUE])  # one who is found, and one who is not
def test_an_event_that_is_not_complete_is_named(
    finder: PhotoFinder, store: Store, tmp_path: Path, colour: tuple[int, int, int]
) -> None:
    key, stop = EventKey("crabs"), threading.Event()
    for seed in range(20):  # more than are in hand at once
        (tmp_path / f"{seed}.png").write_bytes(picture(RED, seed=seed))
    finder.index(FolderSource(tmp_path), EventKey("party"))

    def notes(slug: str | None) -> tuple[str, ...]:
        return find_photos(finder, [picture(colour)], slug, limit=None, threshold=None).notes

    with pytest.raises(Interrupted):
        finder.index(FolderSource(tmp_path), key, progress=lambda _: stop.set(), stop=stop)
    for slug in ("crabs", None):
        (note,) = notes(slug)
        assert note.startswith(
            "Not indexed completely, so photos may be missing: crabs. The same `findme index`"
        )
        with store.exclusive(key):  # as an indexing holds it
            assert notes(slug) == ("Not indexed completely yet, so photos may be missing: crabs.",)
    assert notes("party") == ()
    finder.index(FolderSource(tmp_path), key)
    assert notes(None) == ()


def test_a_sheet_replaces_sheets_only_and_shows_what_cannot_be_read(
    finder: PhotoFinder, tmp_path: Path
) -> None:
    photos, target = tmp_path / "photos", tmp_path / "sheet.jpg"
    photos.mkdir()
    for seed in range(3):
        (photos / f"{seed}.png").write_bytes(picture(RED, seed=seed))
    finder.index(FolderSource(photos), EventKey("crabs"))
    found = find_photos(finder, [picture(RED)], "crabs", limit=None, threshold=None)
    check_sheet(target)
    assert write_sheet(finder, [picture(RED)], found, target) == [f"Contact sheet: {target}"]
    size = Pillow.open(target).size
    shutil.rmtree(photos)
    check_sheet(target)
    *missing, last = write_sheet(finder, [picture(RED)], found, target)
    assert (len(missing), last) == (3, f"Contact sheet: {target}")
    assert Pillow.open(target).size == size, "their places are kept"
    for other in (b"a photo of mine", contact_sheet(SheetTile(picture(RED), None, ""), [])[:2]):
        target.write_bytes(other)
        with pytest.raises(FindMeError, match="is there already and is no contact sheet"):
            check_sheet(target)
    target.write_bytes(b"")
    check_sheet(target)


def halved(data: bytes) -> bytes:
    """The picture at half its size."""
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert pixels is not None
    done, small = cv2.imencode(".png", cv2.resize(pixels, None, fx=0.5, fy=0.5))
    assert done
    return small.tobytes()


@pytest.mark.parametrize("threshold", [None, 0.3])
def test_a_tiny_probe_finds_no_strong_match_and_is_said(
    finder: PhotoFinder, tmp_path: Path, threshold: float | None
) -> None:
    (tmp_path / "a.png").write_bytes(picture(RED))
    finder.index(FolderSource(tmp_path), EventKey("crabs"))

    def outcome(*photos: bytes) -> tuple[list[Strength], bool]:
        found = find_photos(finder, photos, "crabs", limit=None, threshold=threshold)
        return [match.strength for match in found.matches], any("very small" in note for note in found.notes)

    large, tiny = picture(RED), halved(picture(RED))
    assert outcome(large) == ([Strength.STRONG], False)
    assert outcome(tiny) == ([Strength.POSSIBLE], True)
    assert outcome(tiny, large) == ([Strength.STRONG], False), "the largest counts"
