"""What `findme find` says around its matches."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from bot.finding import find_photos
from pipeline.finder import PhotoFinder
from pipeline.sources.folder import FolderSource
from pipeline.store import Store
from pipeline.types import EventKey, Strength
from tests.fakes.recognizer import BLUE, RED, FakeRecognizers, picture, squares


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
