"""The ranking on a real database: the same as in memory, and by several probes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pipeline.finder import PhotoFinder
from pipeline.memory_gallery import MemoryGallery
from pipeline.ranking import ranked
from pipeline.recognizers import Recognizer
from pipeline.sources.folder import FolderSource
from pipeline.store import Store, events, faces, photos, spaces
from pipeline.store.candidates import StoredGallery
from pipeline.types import Box, EventKey, Face, Strength
from tests.fakes.recognizer import BLUE, RED, FakeRecognizers, picture, squares

DARK_RED, ORANGE, BROWN = (190, 30, 30), (220, 70, 30), (160, 30, 30)  # 0.12, 0.16 and 0.24 from RED


def expanding() -> Recognizer:
    """Colours at most 0.2 apart are one person, and at most 0.13 surely."""
    plain = squares()
    return replace(plain, calibration=replace(plain.calibration, strong=0.13, expands=True))


@pytest.fixture
def finder(store: Store, tmp_path: Path) -> PhotoFinder:
    """RED's friend BLUE stands beside him in b.png; c.png and d.png show colours that are like his."""
    finder = PhotoFinder(store, FakeRecognizers(expanding()), FolderSource, workers=1)
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "b.png").write_bytes(picture(BLUE, DARK_RED, ORANGE))
    (folder / "c.png").write_bytes(picture(BROWN))
    (folder / "d.png").write_bytes(picture(ORANGE))
    finder.index(FolderSource(folder), EventKey("crabs"))
    return finder


def test_strong_hits_find_more_and_who_stands_beside_is_somebody_else(finder: PhotoFinder) -> None:
    probe = finder.probe(picture(RED, seed=9))
    result = finder.find(probe)
    # BROWN is beyond 0.2 of RED but not of RED and DARK_RED together; ORANGE is within, but stands beside.
    assert [match.photo for match in result.matches] == ["b.png", "c.png"]
    assert [match.strength for match in result.matches] == [Strength.STRONG, Strength.POSSIBLE]
    assert all(match.distance <= result.threshold for match in result.matches)
    assert [match.photo for match in finder.find(probe, limit=1).matches] == ["b.png"]


def test_among_very_many_faces_strong_hits_find_no_more_but_sort_out(
    finder: PhotoFinder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.calibration.MOST_EXPANDED", 3)
    result = finder.find(finder.probe(picture(RED, seed=9)))
    assert [match.photo for match in result.matches] == ["b.png"]


def test_without_an_index_a_few_photos_of_very_many_are_the_first_of_all(
    finder: PhotoFinder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.store.approximate.EXACT_UP_TO", 1)
    probe = finder.probe(picture(RED, seed=9))
    assert finder.find(probe, limit=2).matches == finder.find(probe).matches
    assert [match.photo for match in finder.find(probe, limit=2).matches] == ["b.png", "c.png"]


def test_a_threshold_of_ones_own_is_a_plain_bar(finder: PhotoFinder) -> None:
    result = finder.find(finder.probe(picture(RED, seed=9)), threshold=0.2)
    assert [(match.photo, match.distance) for match in result.matches] == [
        ("b.png", pytest.approx(30 / 255, abs=1e-4)),
        ("d.png", pytest.approx(40 / 255, abs=1e-4)),
    ]


def test_several_probes_count_together(finder: PhotoFinder) -> None:
    probes = [finder.probe(picture(colour, seed=9)) for colour in (RED, BROWN)]
    result = finder.find(*probes, threshold=0.15)
    assert [match.photo for match in result.matches] == ["b.png"]
    # The root of the mean square of two distances: 30 of 255 grey levels from either.
    assert result.matches[0].distance == pytest.approx(30 / 255, abs=1e-4)
    assert result.probe is probes[0]
    assert not finder.agree(*probes)
    assert finder.agree(probes[0], finder.probe(picture(DARK_RED)))


def test_the_store_and_memory_rank_alike(store: Store) -> None:
    """Random people in random photos."""
    rng = np.random.default_rng(8)
    people = rng.normal(size=(12, 16)) * 0.3

    def face(person: int) -> Face:
        vector = (people[person] + rng.normal(size=16) * 0.12).astype(np.float32)
        size = float(rng.uniform(20, 200))
        return Face(Box(0, 0, size, size), 0.9, None, float(rng.uniform(0.3, 5)), vector)

    album = [
        [face(person) for person in rng.choice(12, rng.integers(0, 5), replace=False)] for _ in range(300)
    ]
    with store.transaction() as connection:
        space = spaces.ensure(connection, "s-1", "s", 16)
        event = events.add(connection, EventKey("e"), "nowhere", space)
        numbers = []
        for number, shown in enumerate(album):
            digest = number.to_bytes(32, "big")
            numbers.append(photos.add(connection, event, digest, (1, 1), None, len(shown)))
            faces.add(connection, event, numbers[-1], space, shown)
        calibration = replace(squares().calibration, threshold=0.8, strong=0.6, gain=0.02, expands=True)
        for person in range(12):
            probes = [face(person), face(person)]
            stored = ranked(StoredGallery(connection, [event]), probes, calibration)
            held = ranked(MemoryGallery(album), probes, calibration)
            assert len(held) > 20
            assert [hit.photo for hit in stored] == [numbers[hit.photo] for hit in held]
            np.testing.assert_allclose(
                [hit.distance for hit in stored], [hit.distance for hit in held], atol=1e-4
            )
