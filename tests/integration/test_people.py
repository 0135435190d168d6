"""The default recognizer on real photos: whoever is looked for is found, and nobody else."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pipeline.finder import PhotoFinder
from pipeline.registry import Recognizers
from pipeline.sources.folder import FolderSource
from pipeline.store import Store
from pipeline.types import EventKey, Strength
from tests.fakes.odd_photos import write_odd_photos

KEY = EventKey("people")
PEOPLE = ("Colin_Powell", "penny", "sheldon")
PHOTOS_EACH = 4

pytestmark = pytest.mark.photos


@pytest.fixture
def finder(store: Store, models: Path) -> PhotoFinder:
    return PhotoFinder(store, Recognizers(models), FolderSource, workers=2)


def test_finds_each_person_and_nobody_else(
    finder: PhotoFinder, labelled_photos: Path, tmp_path: Path
) -> None:
    probes = {}
    for person in PEOPLE:
        first, *others = sorted((labelled_photos / "people" / person).iterdir())
        probes[person] = first.read_bytes()
        for photo in others[:PHOTOS_EACH]:
            (tmp_path / person).mkdir(exist_ok=True)
            shutil.copy(photo, tmp_path / person)
    report = finder.index(FolderSource(tmp_path), KEY)
    assert (report.photos, report.failed) == (len(PEOPLE) * PHOTOS_EACH, ())
    for person, data in probes.items():
        result = finder.find(finder.probe(data, finder.event("people")))
        assert {Path(match.photo).parent.name for match in result.matches} == {person}
        assert len(result.matches) == PHOTOS_EACH
        assert result.matches[0].strength is Strength.STRONG
        distances = [match.distance for match in result.matches]
        assert distances == sorted(distances)


def test_every_kind_of_photo_is_found_or_named(
    finder: PhotoFinder, labelled_photos: Path, tmp_path: Path
) -> None:
    good = (labelled_photos / "people" / "Colin_Powell" / "Colin_Powell_0001.jpg").read_bytes()
    odd = write_odd_photos(tmp_path, good)
    report = finder.index(FolderSource(tmp_path), KEY)
    assert {failure.photo for failure in report.failed} == set(odd.bad)
    for failure in report.failed:
        assert odd.bad[failure.photo] in failure.reason
    assert sorted(match.photo for match in finder.find(finder.probe(good)).matches) == odd.good
