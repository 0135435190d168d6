"""The photo store: what is kept of which source, shown when the source is gone, and erased with its event."""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from PIL import Image as Pillow

from pipeline.errors import PhotoStoreUnavailable, SourceUnreachable
from pipeline.finder import PhotoFinder
from pipeline.images import web_jpeg
from pipeline.index_queue import IndexQueue
from pipeline.keeping import Keeper
from pipeline.patience import Patience
from pipeline.photo_store.folder import FolderStore
from pipeline.photo_store.remote import RemoteStore
from pipeline.ports import PhotoStore
from pipeline.runs import RunRequest
from pipeline.shared_indexing import SharedIndexing
from pipeline.sources.address import parse_address
from pipeline.sources.folder import FolderSource
from pipeline.sources.place import Place
from pipeline.store import Store
from pipeline.types import EventKey, Match
from tests.fakes.recognizer import BLUE, GREEN, RED, FakeRecognizers, picture

KEY = EventKey("crab-week")
PHOTOS = {"a.png": picture(RED), "b.png": picture(RED, GREEN, seed=1), "c.png": picture(BLUE, seed=2)}


@pytest.fixture(params=["folder", "s3", "memory"])
def photo_store(request: pytest.FixtureRequest, tmp_path: Path) -> PhotoStore:
    if request.param == "folder":
        return FolderStore(tmp_path / "kept")
    if request.param == "s3":
        request.getfixturevalue("s3")
    return RemoteStore(Place(parse_address(f"{request.param}://party/kept-{time.time_ns()}")))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    for name, data in PHOTOS.items():
        (folder / name).write_bytes(data)
    return folder


Make = Callable[..., PhotoFinder]


@pytest.fixture
def make(store: Store) -> Make:
    """Makes a finder that keeps photos in a store; `fleeting`: the source may vanish."""

    def make(photos: PhotoStore | None, *, fleeting: bool = False) -> PhotoFinder:
        keeper = None if photos is None else Keeper(photos, lambda _: fleeting)
        patience = Patience(first=0.01, whole=0.0)
        return PhotoFinder(
            store, FakeRecognizers(), FolderSource, workers=2, keeper=keeper, patience=patience
        )

    return make


def reds(finder: PhotoFinder) -> tuple[Match, ...]:
    return finder.find(finder.probe(picture(RED, seed=99))).matches


def kept(photos: PhotoStore) -> list[str]:
    """What the store holds, without the events' own folders in front."""
    return sorted(name.partition("/")[2] for name in photos.names(""))


def previews(*names: str) -> list[str]:
    return sorted(f"previews/{hashlib.sha256(PHOTOS[name]).hexdigest()}.jpg" for name in names)


def test_photos_of_a_source_that_vanished_are_shown(
    photo_store: PhotoStore, folder: Path, make: Make
) -> None:
    finder = make(photo_store, fleeting=True)
    finder.index(FolderSource(folder), KEY)
    assert len(kept(photo_store)) == 2 * len(PHOTOS)
    shutil.rmtree(folder)
    matches = reds(finder)
    assert sorted(match.photo for match in matches) == ["a.png", "b.png"]
    assert [finder.photo(match) for match in matches] == [PHOTOS[match.photo] for match in matches]
    shown = Pillow.open(io.BytesIO(finder.preview(matches[0])))
    assert (shown.format, shown.size) == ("JPEG", (320, 240))


def test_of_a_lasting_source_only_previews_are_kept(
    photo_store: PhotoStore, folder: Path, make: Make
) -> None:
    finder = make(photo_store)
    finder.index(FolderSource(folder), KEY)
    assert kept(photo_store) == previews(*PHOTOS)
    shutil.rmtree(folder)
    match = reds(finder)[0]
    assert finder.preview(match)
    with pytest.raises(SourceUnreachable):
        finder.photo(match)


def test_what_leaves_the_source_leaves_the_store(photo_store: PhotoStore, folder: Path, make: Make) -> None:
    finder = make(photo_store)
    finder.index(FolderSource(folder), KEY)
    (folder / "a.png").unlink()
    finder.index(FolderSource(folder), KEY)
    assert kept(photo_store) == previews("b.png", "c.png")


def test_forgetting_an_event_erases_its_files_and_no_others(
    photo_store: PhotoStore, folder: Path, make: Make
) -> None:
    finder = make(photo_store, fleeting=True)
    for slug in ("crab-week", "gala"):
        finder.index(FolderSource(folder), EventKey(slug))
    forgotten = finder.forget_event(finder.event("crab-week"))
    assert (forgotten.photos, forgotten.files) == (3, 6)
    assert len(kept(photo_store)) == 6
    assert finder.forget_event(finder.event("gala")).files == 6
    assert kept(photo_store) == []


def test_a_preview_that_is_missing_is_made_once(tmp_path: Path, folder: Path, make: Make) -> None:
    make(None).index(FolderSource(folder), KEY)  # before there was a photo store
    photos = FolderStore(tmp_path / "kept")
    finder = make(photos, fleeting=True)
    match = next(match for match in reds(finder) if match.photo == "a.png")
    shown = finder.preview(match)
    assert shown == web_jpeg(PHOTOS["a.png"])
    assert kept(photos) == sorted(
        [f"photos/{hashlib.sha256(PHOTOS['a.png']).hexdigest()}", *previews("a.png")]
    )
    shutil.rmtree(folder)
    assert finder.preview(match) == shown
    assert finder.photo(match) == PHOTOS["a.png"]


def test_a_kept_photo_that_was_changed_is_not_shown(tmp_path: Path, folder: Path, make: Make) -> None:
    finder = make(FolderStore(tmp_path / "kept"), fleeting=True)
    finder.index(FolderSource(folder), KEY)
    for path in (tmp_path / "kept").rglob("photos/*"):
        path.write_bytes(picture(GREEN, seed=7))
    match = reds(finder)[0]
    assert finder.photo(match) == PHOTOS[match.photo]  # read from the source instead, and kept anew
    shutil.rmtree(folder)
    assert finder.photo(match) == PHOTOS[match.photo]


def test_workers_of_the_queue_keep_the_same(tmp_path: Path, folder: Path, store: Store, make: Make) -> None:
    photos = FolderStore(tmp_path / "kept")
    released: list[str] = []
    steps = SharedIndexing(
        store, FakeRecognizers(), FolderSource, keeper=Keeper(photos, lambda _: True, released.append)
    )
    run = IndexQueue(store).submit(RunRequest(KEY, str(folder)))
    assert run is not None
    steps.list_source(run)
    steps.read_photos(run, 0, 99, lambda: False)
    photos.put(f"{next(photos.names('')).partition('/')[0]}/photos/{'00' * 32}", b"written, but never noted")
    assert released == []
    steps.close_run(run)
    assert released == [str(folder)]
    assert len(kept(photos)) == 6
    shutil.rmtree(folder)
    finder = make(photos, fleeting=True)
    assert all(finder.photo(match) == PHOTOS[match.photo] for match in reds(finder))
    assert finder.forget_event(finder.event("crab-week")).files == 6


class Broken:
    """A store on a disk that is full."""

    def __getattr__(self, name: str) -> Any:
        def fail(*_: object) -> Any:
            raise PhotoStoreUnavailable("The disk is full.")

        return fail


def test_a_store_that_fails_stops_the_run_with_its_reason(folder: Path, make: Make) -> None:
    with pytest.raises(PhotoStoreUnavailable, match="disk is full"):
        make(Broken()).index(FolderSource(folder), KEY)
    assert make(None).index(FolderSource(folder), KEY).photos == 3


def test_a_store_that_fails_stops_no_answer_and_no_erasure(tmp_path: Path, folder: Path, make: Make) -> None:
    photos = FolderStore(tmp_path / "kept")
    make(photos).index(FolderSource(folder), KEY)
    broken = make(Broken())
    match = reds(broken)[0]
    assert broken.preview(match) == web_jpeg(PHOTOS[match.photo])
    assert broken.forget_event(broken.event("crab-week")).photos == 3
    assert len(kept(photos)) == 3
    make(photos)  # the next process makes up for it
    assert kept(photos) == []


def test_what_an_erasure_left_is_not_counted_with_the_next_events_files(
    tmp_path: Path, folder: Path, make: Make
) -> None:
    finder = make(FolderStore(tmp_path / "kept"))
    for event in ("crab-week", "gala"):
        finder.index(FolderSource(folder), EventKey(event))
    without_store = make(None)
    without_store.forget_event(without_store.event("crab-week"))
    assert finder.forget_event(finder.event("gala")).files == 3
    assert not list((tmp_path / "kept").rglob("previews/*"))


def test_an_erased_folder_is_erased_once_more_for_latecomers(
    tmp_path: Path, folder: Path, make: Make, database_url: str
) -> None:
    photos = FolderStore(tmp_path / "kept")
    finder = make(photos)
    finder.index(FolderSource(folder), KEY)
    (name, *_) = photos.names("")
    finder.forget_event(finder.event("crab-week"))
    photos.put(name, b"a preview of a search that began before")
    with psycopg.connect(database_url) as connection:
        connection.execute("UPDATE erasures SET erased_at = now() - interval '2 hours'")
    make(photos)
    assert kept(photos) == []
    with psycopg.connect(database_url) as connection:
        assert connection.execute("SELECT count(*) FROM erasures").fetchone() == (0,)


KILLED = """
import sys
from pathlib import Path
from pipeline.finder import PhotoFinder
from pipeline.keeping import Keeper
from pipeline.photo_store.folder import FolderStore
from pipeline.sources.folder import FolderSource
from pipeline.store import Store
from pipeline.types import EventKey
from tests.fakes.recognizer import FakeRecognizers, squares

with Store.open(sys.argv[1]) as store:
    keeper = Keeper(FolderStore(Path(sys.argv[3])), lambda _: True)
    finder = PhotoFinder(store, FakeRecognizers(squares(seconds=0.2)), FolderSource, workers=2, keeper=keeper)
    finder.index(FolderSource(sys.argv[2]), EventKey("crab-week"))
"""


@pytest.fixture
def many(tmp_path: Path) -> Path:
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(30):
        (folder / f"{number}.png").write_bytes(picture(RED, seed=number))
    return folder


def killed(database_url: str, folder: Path, photos: Path) -> None:
    """Indexes in a process that is killed in the middle."""
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, database_url, str(folder), str(photos)], env={**os.environ}
    )
    while len(list(photos.rglob("*.jpg"))) < 4:
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()


def test_after_a_killed_run_the_next_one_keeps_just_what_belongs_there(
    tmp_path: Path, many: Path, make: Make, database_url: str
) -> None:
    photos = tmp_path / "kept"
    killed(database_url, many, photos)
    (event_folder,) = photos.glob("*/")
    unfinished = event_folder / "photos" / "0123.part"
    unfinished.write_bytes(b"cut off")
    os.utime(unfinished, (0, 0))
    (event_folder / "previews" / ("00" * 32 + ".jpg")).write_bytes(b"written, but never noted")
    finder = make(FolderStore(photos), fleeting=True)
    assert finder.index(FolderSource(many), KEY).photos == 30
    assert len([path for path in photos.rglob("*/*/*") if path.is_file()]) == 60


def test_a_killed_run_that_is_forgotten_leaves_nothing(
    tmp_path: Path, many: Path, make: Make, database_url: str
) -> None:
    photos = tmp_path / "kept"
    killed(database_url, many, photos)
    finder = make(FolderStore(photos), fleeting=True)
    finder.forget_event(finder.event("crab-week"))
    assert not list(photos.glob("*/"))
