"""Moving an event whose source is gone, or away for a moment; photos of archives are kept, mostly."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from bot import wiring
from bot.settings import Settings
from pipeline.errors import PhotosMissing, PhotoStoreUnavailable, SourceAway
from pipeline.finder import PhotoFinder
from pipeline.keeping import Keeper
from pipeline.patience import Patience
from pipeline.store import Store
from pipeline.types import Event, EventKey, Progress
from tests.fakes.recognizer import BLUE, GREEN, RED, FakeRecognizers, picture, squares

PHOTOS = {"a.png": picture(RED), "b.png": picture(RED, GREEN, seed=1), "c.png": picture(BLUE, seed=2)}
BRIEF = Patience(first=0.01, longest=0.02, whole=0.2)
LONG = Patience(first=0.01, longest=0.05, whole=60.0)

Make = Callable[[Patience], PhotoFinder]


@pytest.fixture
def keeper(tmp_path: Path) -> Keeper:
    return wiring.keeper(Settings(_env_file=None, FINDME_DATA_DIR=tmp_path / "data"))


@pytest.fixture
def make(store: Store, keeper: Keeper) -> Make:
    """Makes a finder of one thread; the event moves to its other recognizer."""
    recognizers = FakeRecognizers(squares(), squares("other"))
    return lambda patience: PhotoFinder(
        store, recognizers, wiring.open_source, workers=1, keeper=keeper, patience=patience
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    for name, data in PHOTOS.items():
        (folder / name).write_bytes(data)
    return folder


@pytest.fixture
def archive(folder: Path) -> Path:
    return Path(shutil.make_archive(str(folder), "zip", folder))


def indexed(finder: PhotoFinder, place: Path) -> Event:
    assert finder.index(wiring.open_source(str(place)), EventKey("party")).photos == len(PHOTOS)
    return finder.event("party")


def drop_kept(data: Path, *names: str) -> None:
    """Takes photos out of the photo store."""
    by_bytes = {path.read_bytes(): path for path in (data / "photos").glob("*/photos/*")}
    for name in names:
        by_bytes[PHOTOS[name]].unlink()


def test_a_deleted_archive_of_which_a_photo_is_not_kept_moves_without_it(
    make: Make, archive: Path, tmp_path: Path
) -> None:
    finder = make(BRIEF)
    event = indexed(finder, archive)
    archive.unlink()
    drop_kept(tmp_path / "data", "b.png")
    with pytest.raises(PhotosMissing, match=r"1 of 3 photos .*: b\.png\. So it is searched as it was before"):
        finder.reindex(event)
    with pytest.raises(PhotosMissing, match=r"1 of 3 photos .*: b\.png\. .*--leave-out") as missing:
        finder.reindex(event, recognizer="other")
    assert "still searched by squares-1, not by other-1. Bring them back" in str(missing.value)
    assert finder.event("party").space == "squares-1"
    report = make(LONG).reindex(event, recognizer="other", leave_out=True)  # says at once that it is gone
    assert [failure.photo for failure in report.failed] == ["b.png"]
    assert "There is no file" in report.failed[0].reason
    assert (report.photos, finder.event("party").space) == (2, "other-1")


def test_a_deleted_archive_that_is_kept_whole_is_not_missed(make: Make, archive: Path) -> None:
    finder = make(LONG)
    event = indexed(finder, archive)
    archive.unlink()
    assert finder.reindex(event, recognizer="other").added == 3


def test_a_deleted_folder_keeps_its_event_as_it_is(make: Make, folder: Path) -> None:
    finder = make(BRIEF)
    event = indexed(finder, folder)
    shutil.rmtree(folder)
    for leave_out in (False, True):  # a disk that is not mounted empties no event
        with pytest.raises(PhotosMissing, match=r"None of the 3 photos .*Bring them back") as missing:
            finder.reindex(event, recognizer="other", leave_out=leave_out)
        assert "--leave-out" not in str(missing.value)
    assert (finder.event("party").photos, finder.event("party").space) == (3, "squares-1")


def test_a_source_that_is_away_for_a_moment_is_waited_for(make: Make, folder: Path) -> None:
    finder = make(LONG)
    event = indexed(finder, folder)
    away = folder.rename(folder.with_name("away"))
    threading.Timer(0.4, lambda: away.rename(folder)).start()
    report = finder.reindex(event, recognizer="other")
    assert (report.added, report.failed) == (3, ())


def test_a_source_that_goes_away_in_the_middle_costs_no_photo(make: Make, folder: Path) -> None:
    finder = make(BRIEF)
    event = indexed(finder, folder)
    for seed in range(10, 16):  # more than are begun before the first is told of
        (folder / f"d{seed}.png").write_bytes(picture(RED, seed=seed))
    finder.index(wiring.open_source(str(folder)), EventKey("party"))
    away = folder.with_name("away")

    def unmount(_: Progress) -> None:
        if folder.exists():
            folder.rename(away)

    with pytest.raises(SourceAway, match="run it again to continue"):
        finder.reindex(event, recognizer="other", leave_out=True, progress=unmount)
    away.rename(folder)
    report = finder.reindex(event, recognizer="other", leave_out=True)
    assert (report.photos, report.failed) == (9, ())
    assert report.skipped > 0


def test_a_photo_store_that_is_away_costs_no_photo(make: Make, archive: Path, tmp_path: Path) -> None:
    finder = make(BRIEF)
    event = indexed(finder, archive)
    archive.unlink()
    drop_kept(tmp_path / "data", "b.png")
    kept = tmp_path / "data" / "photos"
    aside = kept.rename(tmp_path / "aside")
    kept.write_bytes(b"")  # no folder: nothing in it can be read
    with pytest.raises(PhotoStoreUnavailable):
        finder.reindex(event, recognizer="other", leave_out=True)
    kept.unlink()
    aside.rename(kept)
    assert finder.reindex(event, recognizer="other", leave_out=True).photos == 2
