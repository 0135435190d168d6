"""Indexing a folder: complete, again, changed; what is refused, and what is named."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from pipeline import admission
from pipeline.errors import (
    EventConflict,
    InvalidEventName,
    NoPhotos,
    SourceUnreachable,
    UnknownEvent,
    UnknownRecognizer,
    WeightsUnavailable,
)
from pipeline.finder import PhotoFinder
from pipeline.sources.folder import FolderSource
from pipeline.store import Store
from pipeline.types import EventKey, Progress, SourceEntry
from tests.fakes.recognizer import BLUE, GREEN, RED, FakeRecognizers, picture, squares

KEY = EventKey("crab-week")


@pytest.fixture
def finder(store: Store) -> PhotoFinder:
    return PhotoFinder(store, FakeRecognizers(), FolderSource, workers=2)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three photos with three faces, and one without a face."""
    photos = tmp_path / "photos"
    (photos / "evening").mkdir(parents=True)
    (photos / "a.png").write_bytes(picture(RED))
    (photos / "b.PNG").write_bytes(picture(RED, GREEN, seed=1))
    (photos / "evening" / "c.png").write_bytes(picture(BLUE, seed=2))
    (photos / "empty.png").write_bytes(picture(seed=3))
    (photos / "notes.txt").write_text("no photo")
    return photos


def names(finder: PhotoFinder, colour: tuple[int, int, int]) -> list[str]:
    """The photos that show somebody, best first."""
    return [match.photo for match in finder.find(finder.probe(picture(colour, seed=99))).matches]


def test_indexes_every_photo_with_every_face(finder: PhotoFinder, folder: Path) -> None:
    report = finder.index(FolderSource(folder), KEY)
    assert (report.photos, report.faces, report.added, report.skipped) == (4, 4, 4, 0)
    assert report.failed == ()
    (event,) = finder.events()
    assert (event.key, event.photos, event.faces, event.recognizer) == (KEY, 4, 4, "squares")
    assert event.source == str(folder)
    assert names(finder, RED) == ["a.png", "b.PNG"]


def test_again_adds_only_what_is_new(finder: PhotoFinder, folder: Path) -> None:
    finder.index(FolderSource(folder), KEY)
    (folder / "d.png").write_bytes(picture(GREEN, seed=4))
    report = finder.index(FolderSource(folder), KEY)
    assert (report.photos, report.faces, report.added, report.skipped) == (5, 5, 1, 4)


def test_an_event_goes_by_its_own_name_however_it_was_typed(
    store: Store, folder: Path, tmp_path: Path
) -> None:
    finder = PhotoFinder(store, FakeRecognizers(squares(), squares("circles")), FolderSource)
    finder.index(FolderSource(folder), KEY)
    typed = EventKey("Crab-Week")
    assert finder.index(FolderSource(folder), typed).event == "crab-week"
    with pytest.raises(EventConflict, match="Event crab-week was indexed from"):
        finder.index(FolderSource(tmp_path), typed)
    with pytest.raises(EventConflict, match="findme reindex crab-week --recognizer circles"):
        finder.index(FolderSource(folder), typed, recognizer="circles")


def test_an_unchanged_photo_is_not_read_again(store: Store, folder: Path) -> None:
    PhotoFinder(store, FakeRecognizers(), FolderSource).index(FolderSource(folder), KEY)

    class Unreadable(FolderSource):
        def read(self, name: str) -> bytes:
            raise AssertionError(f"{name} was read")

    report = PhotoFinder(store, FakeRecognizers(), FolderSource).index(Unreadable(folder), KEY)
    assert (report.skipped, report.failed) == (4, ())


def test_what_is_gone_from_the_source_is_removed(finder: PhotoFinder, folder: Path) -> None:
    finder.index(FolderSource(folder), KEY)
    (folder / "a.png").unlink()
    report = finder.index(FolderSource(folder), KEY)
    assert (report.photos, report.faces, report.removed) == (3, 3, 1)
    assert names(finder, RED) == ["b.PNG"]


def test_a_renamed_photo_keeps_its_faces(finder: PhotoFinder, folder: Path, database_url: str) -> None:
    finder.index(FolderSource(folder), KEY)
    with psycopg.connect(database_url) as connection:
        before = connection.execute("SELECT id, photo_id FROM faces ORDER BY id").fetchall()
        (folder / "a.png").rename(folder / "z.png")
        report = finder.index(FolderSource(folder), KEY)
        assert connection.execute("SELECT id, photo_id FROM faces ORDER BY id").fetchall() == before
    assert (report.photos, report.added, report.skipped, report.removed) == (4, 0, 4, 0)
    assert names(finder, RED) == ["b.PNG", "z.png"]


def test_two_photos_that_swap_names_keep_their_faces(finder: PhotoFinder, folder: Path) -> None:
    finder.index(FolderSource(folder), KEY)
    (folder / "a.png").rename(folder / "x")
    (folder / "evening" / "c.png").rename(folder / "a.png")
    (folder / "x").rename(folder / "evening" / "c.png")
    os.utime(folder / "a.png", (1, 1))  # the two files are of one size
    os.utime(folder / "evening" / "c.png", (2, 2))
    report = finder.index(FolderSource(folder), KEY)
    assert (report.added, report.removed) == (0, 0)
    assert names(finder, BLUE) == ["a.png"]


def test_the_same_bytes_twice_are_one_photo(finder: PhotoFinder, folder: Path) -> None:
    shutil.copy(folder / "a.png", folder / "copy of a.png")
    report = finder.index(FolderSource(folder), KEY)
    assert (report.photos, report.faces, report.added, report.skipped) == (4, 4, 4, 1)
    assert names(finder, RED) == ["a.png", "b.PNG"]
    (folder / "a.png").unlink()
    report = finder.index(FolderSource(folder), KEY)
    assert (report.photos, report.removed) == (4, 0)
    assert names(finder, RED) == ["b.PNG", "copy of a.png"]


def test_a_photo_that_changes_is_read_again(finder: PhotoFinder, folder: Path) -> None:
    finder.index(FolderSource(folder), KEY)
    (folder / "a.png").write_bytes(picture(BLUE, BLUE, seed=7))
    report = finder.index(FolderSource(folder), KEY)
    assert (report.photos, report.faces, report.added, report.removed) == (4, 5, 1, 1)
    assert names(finder, RED) == ["b.PNG"]


def test_a_bad_photo_is_named_and_tried_again(finder: PhotoFinder, folder: Path) -> None:
    (folder / "bad.jpg").write_text("this is text")
    (folder / "nothing.jpg").write_bytes(b"")
    for _ in range(2):
        report = finder.index(FolderSource(folder), KEY)
        assert [failure.photo for failure in report.failed] == ["bad.jpg", "nothing.jpg"]
        assert all(failure.reason.endswith(".") for failure in report.failed)
        assert report.photos == 4
    (folder / "bad.jpg").write_bytes(picture(GREEN, seed=5))
    report = finder.index(FolderSource(folder), KEY)
    assert (report.photos, report.added) == (5, 1)
    assert [failure.photo for failure in report.failed] == ["nothing.jpg"]


def test_a_photo_that_breaks_the_software_is_named_without_internals(
    store: Store, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken(FolderSource):
        def read(self, name: str) -> bytes:
            if name == "a.png":
                raise MemoryError("secret detail")
            return super().read(name)

    report = PhotoFinder(store, FakeRecognizers(), FolderSource).index(Broken(folder), KEY)
    assert report.photos == 3
    (failure,) = report.failed
    assert failure.photo == "a.png"
    assert "secret" not in failure.reason
    assert "secret detail" in caplog.text


@pytest.mark.parametrize("name", ["x" * 3000 + ".png", "\udcff.png", "nul\0.png"])
def test_a_name_that_the_database_does_not_take_stops_no_event(
    finder: PhotoFinder, folder: Path, name: str
) -> None:
    class Odd(FolderSource):
        def entries(self) -> Iterator[SourceEntry]:
            yield SourceEntry(name, 1, "1")
            yield from super().entries()

    for _ in range(2):
        report = finder.index(Odd(folder), KEY)
        assert (report.photos, len(report.failed)) == (4, 1)
        report.failed[0].photo.encode()


def test_of_two_files_with_one_name_one_is_named_as_failed(finder: PhotoFinder, folder: Path) -> None:
    literal, odd = os.fsencode(folder) + rb"/same\xff.png", os.fsencode(folder) + b"/same\xff.png"
    try:
        for path, colour in ((odd, RED), (literal, BLUE)):
            with open(path, "wb") as file:  # noqa: PTH123  (pathlib takes no bytes)
                file.write(picture(colour, seed=77))
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    report = finder.index(FolderSource(folder), KEY)
    assert (report.photos, [failure.photo for failure in report.failed]) == (5, [r"same\xff.png"])
    assert "Rename" in report.failed[0].reason
    again = finder.index(FolderSource(folder), KEY)
    assert (again.added, again.removed, again.skipped, len(again.failed)) == (0, 0, 5, 1)


def test_progress_comes_from_the_calling_thread_once_a_photo(finder: PhotoFinder, folder: Path) -> None:
    (folder / "bad.jpg").write_text("this is text")
    seen: list[Progress] = []
    threads = set()

    def progress(state: Progress) -> None:
        seen.append(state)
        threads.add(threading.current_thread())

    for _ in range(2):
        seen.clear()
        finder.index(FolderSource(folder), KEY, progress=progress)
        assert [state.done for state in seen] == [1, 2, 3, 4, 5]
        assert {state.total for state in seen} == {5}
        assert seen[-1].failed == 1
        assert {state.photo for state in seen} == {"a.png", "b.PNG", "bad.jpg", "empty.png", "evening/c.png"}
    assert threads == {threading.current_thread()}


def test_an_unmounted_disk_does_not_empty_the_event(finder: PhotoFinder, folder: Path) -> None:
    finder.index(FolderSource(folder), KEY)
    shutil.rmtree(folder)
    with pytest.raises(SourceUnreachable):
        finder.index(FolderSource(folder), KEY)
    folder.mkdir()
    with pytest.raises(NoPhotos, match="holds no photos any more"):
        finder.index(FolderSource(folder), KEY)
    assert finder.event("crab-week").photos == 4


def test_an_empty_folder_makes_no_event(finder: PhotoFinder, tmp_path: Path) -> None:
    with pytest.raises(NoPhotos):
        finder.index(FolderSource(tmp_path), KEY)
    assert finder.events() == []


@pytest.mark.parametrize(
    ("recognizer", "error"), [("clip", WeightsUnavailable), ("nobody", UnknownRecognizer)]
)
def test_without_a_recognizer_nothing_is_written(
    store: Store, folder: Path, recognizer: str, error: type[Exception]
) -> None:
    finder = PhotoFinder(store, FakeRecognizers(missing=["clip"]), FolderSource)
    with pytest.raises(error):
        finder.index(FolderSource(folder), KEY, recognizer=recognizer)
    assert finder.events() == []


@pytest.mark.parametrize("name", ["", " crab", "crab\nweek", "x" * 101, "\udcff", "nul\0", "--json"])
def test_an_event_needs_a_proper_name(finder: PhotoFinder, folder: Path, name: str) -> None:
    with pytest.raises(InvalidEventName, match="so that people can type it"):
        finder.index(FolderSource(folder), EventKey(name))
    assert finder.events() == []
    with pytest.raises(UnknownEvent, match=r"There is no event (called|without a name)"):
        finder.event(name)


def test_an_event_of_a_name_that_was_fine_before_is_still_indexed(
    finder: PhotoFinder, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as before:
        before.setattr(admission, "check_new_name", lambda _: None)
        finder.index(FolderSource(folder), EventKey("#crabs"))
    assert finder.index(FolderSource(folder), EventKey("#crabs")).added == 0
    with pytest.raises(InvalidEventName):
        finder.rename_event(finder.event("#crabs"), '"crabs"')


def test_a_name_belongs_to_one_owner_source_and_recognizer(
    store: Store, folder: Path, tmp_path: Path
) -> None:
    recognizers = FakeRecognizers(squares(), squares("circles"))
    finder = PhotoFinder(store, recognizers, FolderSource)
    finder.index(FolderSource(folder), EventKey("crab-week", "T1", "C1"))
    other = tmp_path / "other"
    shutil.copytree(folder, other)
    for source, key, recognizer in [
        (folder, EventKey("crab-week"), None),
        (folder, EventKey("CRAB-week", "T1", "C2"), None),
        (other, EventKey("crab-week", "T1", "C1"), None),
        (folder, EventKey("crab-week", "T1", "C1"), "circles"),
    ]:
        with pytest.raises(EventConflict) as refused:
            finder.index(FolderSource(source), key, recognizer=recognizer)
        if key.channel == "C2":  # whose members need not know of it
            assert "is taken or may not be used" in str(refused.value)
    finder.index(FolderSource(folder), EventKey("crab-week", "T2", "C1"))
    finder.index(FolderSource(folder), EventKey("lobster-week"))
    with pytest.raises(EventConflict):
        finder.index(FolderSource(folder), EventKey("lobster-week", "T1", "C1"))
    newer = PhotoFinder(store, FakeRecognizers(squares(version=2)), FolderSource)
    with pytest.raises(EventConflict, match="squares-2"):
        newer.index(FolderSource(folder), EventKey("lobster-week"))


def test_an_existing_event_keeps_its_recognizer(store: Store, folder: Path) -> None:
    both = squares(), squares("circles")
    PhotoFinder(store, FakeRecognizers(*both), FolderSource).index(FolderSource(folder), KEY)
    report = PhotoFinder(store, FakeRecognizers(*reversed(both)), FolderSource).index(
        FolderSource(folder), KEY
    )
    assert report.skipped == 4
