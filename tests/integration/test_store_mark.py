"""A photo store that lies in what is indexed: its copies are none of the event's photos."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot import wiring
from bot.settings import Settings
from pipeline.errors import SourceUnreachable
from pipeline.finder import PhotoFinder
from pipeline.index_queue import IndexQueue
from pipeline.keeping import Keeper
from pipeline.photo_store.folder import FolderStore
from pipeline.ports import PhotoSource
from pipeline.runs import RunRequest
from pipeline.shared_indexing import SharedIndexing
from pipeline.sources.rubbish import STORE_MARK
from pipeline.store import Store
from pipeline.types import EventKey
from tests.fakes.recognizer import BLUE, GREEN, RED, FakeRecognizers, picture

PHOTOS = {
    "a.png": picture(RED),
    "day/b.png": picture(GREEN, seed=1),
    "kept-by-hand/c.png": picture(BLUE, seed=2),
}


class Place:
    """A place with photos, and a photo store in it."""

    def __init__(self, uri: str, store: str) -> None:
        self.uri = uri
        self.settings = Settings(_env_file=None, FINDME_PHOTO_STORE=store)

    def keeper(self) -> Keeper:
        """A new one, as every process makes it."""
        return wiring.keeper(self.settings)

    def source(self) -> PhotoSource:
        return wiring.open_source(self.uri)


@pytest.fixture(params=["folder", "s3"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "folder":
        for name, data in PHOTOS.items():
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_bytes(data)
        return Place(str(tmp_path), str(tmp_path / "kept"))
    s3 = request.getfixturevalue("s3")
    for name, data in PHOTOS.items():
        s3.put_object(Bucket="party", Key=name, Body=data)
    return Place("s3://party", "s3://party/kept")


def finder(store: Store, place: Place) -> PhotoFinder:
    return PhotoFinder(store, FakeRecognizers(), wiring.open_source, workers=1, keeper=place.keeper())


def test_the_store_is_left_out_and_nothing_else_is(place: Place, store: Store) -> None:
    for slug in ("first", "second"):
        report = finder(store, place).index(place.source(), EventKey(slug))
        assert (report.photos, report.failed) == (3, ())
    again = finder(store, place).index(place.source(), EventKey("first"))
    assert (again.skipped, again.removed) == (3, 0)
    assert len(list(place.keeper().store.names(""))) == 6  # the mark is none of what is kept
    assert sorted(entry.name for entry in place.source().entries()) == sorted(PHOTOS)


def test_a_store_from_before_there_were_marks_is_marked_first(place: Place, store: Store) -> None:
    finder(store, place).index(place.source(), EventKey("first"))
    kept = place.keeper().store
    kept.remove([STORE_MARK])
    assert len(list(place.source().entries())) == 6  # as it was: the previews are taken for photos
    assert finder(store, place).index(place.source(), EventKey("second")).photos == 3

    kept.remove([STORE_MARK])
    keeper = place.keeper()
    keeper.mark()  # as every worker does when it starts
    run = IndexQueue(store).submit(RunRequest(EventKey("third"), place.uri))
    assert run is not None
    steps = SharedIndexing(store, FakeRecognizers(), wiring.open_source, keeper=keeper)
    steps.list_source(run)
    steps.read_photos(run, 0, 99, lambda: False)
    steps.close_run(run)
    assert finder(store, place).event("third").photos == 3


def test_a_store_is_no_source(place: Place, store: Store) -> None:
    finder(store, place).index(place.source(), EventKey("first"))
    photo_store = place.settings.photo_store
    assert photo_store is not None
    with pytest.raises(SourceUnreachable, match="is a photo store of FindMe's"):
        finder(store, place).index(wiring.open_source(photo_store), EventKey("second"))


def test_who_keeps_nothing_makes_nothing(tmp_path: Path) -> None:
    photos = FolderStore(tmp_path / "kept")
    photos.mark()
    assert not (tmp_path / "kept").exists()
    photos.put("event/photos/00", b"x")
    assert [path.name for path in (tmp_path / "kept").iterdir() if path.is_file()] == [STORE_MARK]
    assert b"left out" in (tmp_path / "kept" / STORE_MARK).read_bytes()
