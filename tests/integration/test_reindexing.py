"""Moving an event to another space: searched all the while, interrupted, continued, with photos missing."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import psycopg
import pytest
from numpy.typing import NDArray

from bot.finding import find_photos
from pipeline.errors import (
    EventBusy,
    EventConflict,
    FindMeError,
    Interrupted,
    OwnModelMissing,
    PhotosMissing,
    SpaceMismatch,
    UnknownEvent,
    UnknownRecognizer,
)
from pipeline.finder import PhotoFinder
from pipeline.recognizers import Recognizer
from pipeline.registry import Recognizers
from pipeline.sources.folder import FolderSource
from pipeline.store import Store
from pipeline.types import Event, EventKey, FindResult, Pixels, Progress
from tests.fakes.recognizer import BLUE, GREEN, RED, Colours, FakeRecognizers, picture, squares

KEY = EventKey("crabs")


class Doubled:
    """An embedder of another length: the mean colour, twice."""

    dimensions = 6

    def embed(self, chips: Sequence[Pixels]) -> NDArray[np.float32]:
        """One row a chip."""
        return np.tile(Colours().embed(chips), 2)


def doubled() -> Recognizer:
    return replace(squares("doubled"), embedder=Doubled())


@pytest.fixture
def finder(store: Store) -> PhotoFinder:
    return PhotoFinder(store, FakeRecognizers(squares(), doubled()), FolderSource, workers=2)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Five photos with five faces, one of them under two names, and one without a face."""
    photos = tmp_path / "photos"
    photos.mkdir()
    (photos / "a.png").write_bytes(picture(RED))
    (photos / "b.png").write_bytes(picture(RED, GREEN, seed=1))
    (photos / "c.png").write_bytes(picture(BLUE, seed=2))
    (photos / "copy of c.png").write_bytes(picture(BLUE, seed=2))
    (photos / "empty.png").write_bytes(picture(seed=3))
    (photos / "z.png").write_bytes(picture(GREEN, seed=4))
    return photos


@pytest.fixture
def event(finder: PhotoFinder, folder: Path) -> Event:
    finder.index(FolderSource(folder), KEY)
    return finder.event("crabs")


def found(finder: PhotoFinder, colour: tuple[int, int, int] = RED) -> FindResult:
    """Who is looked for as a person would: with the event as it is now."""
    event = finder.event("crabs")
    return finder.find(finder.probe(picture(colour, seed=9), event), events=[event])


def photos_of(result: FindResult) -> list[tuple[str, int]]:
    return [(match.photo, match.photo_id) for match in result.matches]


def left_over(url: str) -> tuple[int, int]:
    """Rows of moves that have not come to their end: photos and faces."""
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "SELECT (SELECT count(*) FROM moved_photos), (SELECT count(*) FROM moved_faces)"
        ).fetchone()
    assert row is not None
    return row[0], row[1]


def rows(url: str) -> list[tuple[object, ...]]:
    """What an event holds, without its numbers."""
    with psycopg.connect(url) as connection:
        return connection.execute(
            "SELECT e.photos, e.faces, s.name, p.sha256, p.faces, p.dhash, f.x, f.y, f.embedding::text"
            " FROM events e JOIN photos p ON p.event_id = e.id JOIN spaces s ON s.id = e.space_id"
            " LEFT JOIN faces f ON f.photo_id = p.id AND f.space_id = e.space_id ORDER BY p.sha256, f.x"
        ).fetchall()


def test_an_event_moves_and_is_searched_as_before(
    finder: PhotoFinder, event: Event, folder: Path, database_url: str
) -> None:
    before = found(finder)
    report = finder.reindex(event, recognizer="doubled")
    assert (report.event, report.photos, report.faces, report.failed) == ("crabs", 5, 5, ())
    assert (report.added, report.skipped) == (5, 0)
    moved = finder.event("crabs")
    assert (moved.recognizer, moved.space) == ("doubled", "doubled-1")
    assert (moved.photos, moved.faces, moved.indexed_at) == (5, 5, event.indexed_at)
    after = found(finder)
    assert after.recognizer == "doubled"
    assert after.probe.face.embedding.shape == (6,)
    assert photos_of(after) == photos_of(before), "the same photos, under the same numbers"
    assert finder.photo(after.matches[0]) == (folder / "a.png").read_bytes()
    assert left_over(database_url) == (0, 0)
    again = finder.index(FolderSource(folder), KEY)
    assert (again.added, again.skipped, again.photos, again.faces) == (0, 6, 5, 5)


def test_the_result_is_that_of_indexing_with_it(
    finder: PhotoFinder, event: Event, folder: Path, database_url: str
) -> None:
    finder.reindex(event, recognizer="doubled")
    moved = rows(database_url)
    finder.forget_event(finder.event("crabs"))
    finder.index(FolderSource(folder), KEY, recognizer="doubled")
    assert moved == rows(database_url)


def test_it_is_searched_by_the_former_space_until_the_end(finder: PhotoFinder, event: Event) -> None:
    before = photos_of(found(finder))
    seen: list[Progress] = []

    def search(now: Progress) -> None:
        seen.append(now)
        result = found(finder)
        assert result.recognizer == "squares"
        assert photos_of(result) == before

    finder.reindex(event, recognizer="doubled", progress=search)
    assert [now.done for now in seen] == [1, 2, 3, 4, 5]
    assert (seen[-1].total, seen[-1].faces, seen[-1].failed) == (5, 5, 0)
    assert found(finder).recognizer == "doubled"


def test_no_search_meets_half_a_change(finder: PhotoFinder, event: Event) -> None:
    before = [name for name, _ in photos_of(found(finder))]
    done = threading.Event()
    answers: list[list[str]] = []
    refusals: list[str] = []
    trouble: list[Exception] = []

    def search() -> None:
        while not done.is_set():
            try:
                answers.append([name for name, _ in photos_of(found(finder))])
            except SpaceMismatch as error:  # looked up before the change, searched after it
                refusals.append(str(error))
            except (FindMeError, psycopg.Error) as error:
                trouble.append(error)

    thread = threading.Thread(target=search)
    thread.start()
    for _ in range(500):
        finder.reindex(event, recognizer="doubled")
        finder.reindex(event, recognizer="squares")
        if len(answers) >= 5:
            break
    done.set()
    thread.join()
    assert trouble == []
    assert len(answers) >= 5
    assert all(names == before for names in answers)
    assert all("Search it again" in sentence for sentence in refusals)


def test_who_still_holds_the_former_event_is_told_to_search_again(finder: PhotoFinder, event: Event) -> None:
    probe = finder.probe(picture(RED, seed=9), event)
    finder.reindex(event, recognizer="doubled")
    with pytest.raises(SpaceMismatch, match="Search it again"):
        finder.find(probe, events=[event])


def test_a_stopped_move_changes_nothing_and_the_next_one_continues(
    finder: PhotoFinder, event: Event, database_url: str
) -> None:
    stop = threading.Event()
    with pytest.raises(Interrupted, match="searched by squares-1 as before") as stopped:
        finder.reindex(event, recognizer="doubled", progress=lambda _: stop.set(), stop=stop)
    kept = stopped.value.report.added
    assert 0 < kept < 5
    assert found(finder).recognizer == "squares"
    assert left_over(database_url)[0] == kept
    report = finder.reindex(event, recognizer="doubled")
    assert (report.added, report.skipped) == (5 - kept, kept)
    assert (report.photos, report.faces) == (5, 5)
    assert found(finder).recognizer == "doubled"
    assert left_over(database_url) == (0, 0)


def test_what_an_unfinished_move_left_goes_with_another_one_or_with_the_event(
    finder: PhotoFinder, event: Event, database_url: str
) -> None:
    def crash(_: Progress) -> None:
        raise KeyboardInterrupt

    for other in ("squares", None):
        with pytest.raises(KeyboardInterrupt):
            finder.reindex(event, recognizer="doubled", progress=crash)
        assert left_over(database_url)[0] > 0
        if other:
            assert finder.reindex(event, recognizer=other).skipped == 0
        else:
            finder.forget_event(event)
        assert left_over(database_url) == (0, 0)


def test_photos_that_came_or_went_between_two_tries_are_told(
    finder: PhotoFinder, event: Event, folder: Path
) -> None:
    stop = threading.Event()
    with pytest.raises(Interrupted):
        finder.reindex(event, recognizer="doubled", progress=lambda _: stop.set(), stop=stop)
    (folder / "new.png").write_bytes(picture(RED, seed=7))
    (folder / "a.png").unlink()
    finder.index(FolderSource(folder), KEY)
    report = finder.reindex(event, recognizer="doubled")
    assert (report.photos, report.faces) == (5, 5)
    assert {name for name, _ in photos_of(found(finder))} == {"b.png", "new.png"}


def test_missing_photos_keep_the_event_where_it_is(
    finder: PhotoFinder, event: Event, folder: Path, tmp_path: Path
) -> None:
    shutil.move(folder / "b.png", tmp_path / "b.png")
    (folder / "z.png").write_bytes(picture(RED, seed=5))
    with pytest.raises(PhotosMissing, match=r"2 of 5 photos .*: b\.png, z\.png\.") as missing:
        finder.reindex(event, recognizer="doubled")
    assert "--leave-out" in str(missing.value)
    assert finder.event("crabs").space == "squares-1"
    assert [name for name, _ in photos_of(found(finder))] == ["a.png", "b.png"]
    shutil.move(tmp_path / "b.png", folder / "b.png")
    (folder / "z.png").write_bytes(picture(GREEN, seed=4))
    report = finder.reindex(event, recognizer="doubled")
    assert (report.added, report.skipped, report.photos, report.faces) == (2, 3, 5, 5)


def test_missing_photos_may_be_left_out_and_are_named(
    finder: PhotoFinder, event: Event, folder: Path, tmp_path: Path
) -> None:
    shutil.move(folder / "b.png", tmp_path / "b.png")
    report = finder.reindex(event, recognizer="doubled", leave_out=True)
    (failure,) = report.failed
    assert failure.photo == "b.png"
    assert (report.photos, report.faces) == (4, 3)
    moved = finder.event("crabs")
    assert (moved.photos, moved.faces, moved.space) == (4, 3, "doubled-1")
    assert [name for name, _ in photos_of(found(finder))] == ["a.png"]
    shutil.move(tmp_path / "b.png", folder / "b.png")
    assert finder.index(FolderSource(folder), KEY).added == 1, "it is tried again"
    assert [name for name, _ in photos_of(found(finder))] == ["a.png", "b.png"]


def test_a_photo_of_two_names_is_read_by_the_one_that_is_left(
    finder: PhotoFinder, event: Event, folder: Path
) -> None:
    (folder / "c.png").unlink()
    report = finder.reindex(event, recognizer="doubled")
    assert (report.photos, report.failed) == (5, ())


def test_another_version_of_its_recognizer_is_what_it_moves_to(
    store: Store, finder: PhotoFinder, event: Event, folder: Path
) -> None:
    newer = PhotoFinder(store, FakeRecognizers(squares(version=2)), FolderSource)
    with pytest.raises(UnknownRecognizer, match="findme reindex crabs"):
        newer.probe(picture(RED), event)
    with pytest.raises(EventConflict, match="Run `findme reindex crabs`"):
        newer.index(FolderSource(folder), KEY)
    assert newer.reindex(event).added == 5
    assert newer.event("crabs").space == "squares-2"
    assert newer.index(FolderSource(folder), KEY).skipped == 6
    with pytest.raises(EventConflict, match="findme reindex crabs --recognizer doubled"):
        finder.index(FolderSource(folder), KEY, recognizer="doubled")


def test_events_of_another_version_do_not_keep_the_others_from_being_searched(
    store: Store, event: Event, folder: Path
) -> None:
    newer = PhotoFinder(store, FakeRecognizers(squares(version=2)), FolderSource)
    photo = picture(RED, seed=9)
    with pytest.raises(UnknownRecognizer, match=f"findme reindex {event.key.slug}"):
        find_photos(newer, [photo], None, limit=None, threshold=None)
    newer.index(FolderSource(folder), EventKey("gala"))
    result = find_photos(newer, [photo], None, limit=None, threshold=None)
    assert {(match.event, match.photo) for match in result.matches} == {("gala", "a.png"), ("gala", "b.png")}
    (note,) = result.notes
    assert "another version of squares: crabs. Run `findme reindex" in note
    newer.reindex(event)
    result = find_photos(newer, [photo], None, limit=None, threshold=None)
    assert {match.event for match in result.matches} == {"crabs", "gala"}
    assert result.notes == ()


def test_an_event_of_an_own_model_that_is_not_named_says_so(
    store: Store, folder: Path, tmp_path: Path
) -> None:
    own = PhotoFinder(store, FakeRecognizers(squares("arcy")), FolderSource)
    own.index(FolderSource(folder), EventKey("m"))
    without = PhotoFinder(store, Recognizers(tmp_path), lambda uri: FolderSource(Path(uri)))
    photo, event = picture(RED), without.event("m")
    for ask in (
        lambda: find_photos(without, [photo], "m", limit=None, threshold=None),
        lambda: find_photos(without, [photo], None, limit=None, threshold=None),
        lambda: without.probe(photo, event),
        lambda: without.index(FolderSource(folder), EventKey("m")),
        lambda: without.reindex(event),
    ):
        with pytest.raises(OwnModelMissing, match=r"embedded by arcy.*FINDME_ONNX_RECOGNIZER"):
            ask()
    with pytest.raises(UnknownRecognizer, match="no recognizer named magic"):
        without.reindex(event, recognizer="magic")


def test_it_is_refused_while_the_event_is_worked_on(store: Store, finder: PhotoFinder, event: Event) -> None:
    with store.exclusive(KEY), pytest.raises(EventBusy):
        finder.reindex(event, recognizer="doubled")

    def meanwhile(_: Progress) -> None:
        with pytest.raises(EventBusy):
            finder.reindex(event, recognizer="doubled")
        with pytest.raises(EventBusy):
            finder.forget_event(event)

    finder.reindex(event, recognizer="doubled", progress=meanwhile)
    finder.forget_event(event)
    with pytest.raises(UnknownEvent):
        finder.reindex(event)
