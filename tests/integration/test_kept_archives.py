"""Photos of archives are kept whole, wherever the archive lies, and go with their event; folders' are not."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot import wiring
from bot.settings import Settings
from pipeline.errors import SourceUnreachable
from pipeline.finder import PhotoFinder
from pipeline.store import Store
from pipeline.types import EventKey
from tests.fakes import web_server
from tests.fakes.recognizer import BLUE, RED, FakeRecognizers, picture
from tests.fakes.web_server import WebFile

PHOTOS = {"a.png": picture(RED), "evening/b.png": picture(RED, BLUE, seed=1)}


@pytest.fixture
def web() -> Iterator[WebFile]:
    with web_server.serving(b"") as web:
        yield web


class Places:
    """Puts the photos somewhere, and takes them away."""

    def __init__(self, folder: Path, s3: Any, web: WebFile) -> None:
        memory = io.BytesIO()
        with zipfile.ZipFile(memory, "w") as archive:
            for name, data in PHOTOS.items():
                archive.writestr(name, data)
        self._zip, self._folder, self._s3, self._web = memory.getvalue(), folder, s3, web

    def put(self, kind: str) -> str:
        """Its address."""
        if kind in ("zip", "unnamed-zip"):
            path = self._folder / ("party.zip" if kind == "zip" else "party")
            path.write_bytes(self._zip)
            return str(path)
        if kind == "web":
            self._web.data = self._zip
            return self._web.url
        if kind == "s3-zip":
            self._s3.put_object(Bucket="party", Key="in/party.zip", Body=self._zip)
            return "s3://party/in/party.zip"
        for name, data in PHOTOS.items():
            if kind == "s3":
                self._s3.put_object(Bucket="party", Key=f"in/{name}", Body=data)
            else:
                (self._folder / "in" / name).parent.mkdir(parents=True, exist_ok=True)
                (self._folder / "in" / name).write_bytes(data)
        return "s3://party/in" if kind == "s3" else str(self._folder / "in")

    def take_away(self) -> None:
        """All of them."""
        self._web.status = 404
        for key in ("in/party.zip", *(f"in/{name}" for name in PHOTOS)):
            self._s3.delete_object(Bucket="party", Key=key)
        for path in self._folder.rglob("*"):
            if path.is_file():
                path.unlink()


@pytest.fixture
def places(tmp_path: Path, s3: Any, web: WebFile) -> Places:
    (tmp_path / "place").mkdir()
    return Places(tmp_path / "place", s3, web)


def indexed(place: str, store: Store, data: Path) -> PhotoFinder:
    """A finder as the bot has it, with the event."""
    settings = Settings(_env_file=None, FINDME_DATA_DIR=data)
    opener = wiring.source_opener(settings)
    finder = PhotoFinder(store, FakeRecognizers(), opener, workers=1, keeper=wiring.keeper(settings))
    assert finder.index(opener(place), EventKey("party")).photos == len(PHOTOS)
    return finder


def kept(data: Path) -> list[Path]:
    return list((data / "photos").glob("*/photos/*"))


@pytest.mark.parametrize("kind", ["zip", "unnamed-zip", "web", "s3-zip"])
def test_of_an_archive_every_photo_is_kept_until_its_event_is_erased(
    kind: str, places: Places, store: Store, tmp_path: Path
) -> None:
    finder = indexed(places.put(kind), store, tmp_path)
    assert sorted(path.read_bytes() for path in kept(tmp_path)) == sorted(PHOTOS.values())
    places.take_away()
    matches = finder.find(finder.probe(picture(RED, seed=9))).matches
    assert {match.photo: finder.photo(match) for match in matches} == PHOTOS
    assert all(finder.preview(match) for match in matches)
    assert finder.forget_event(finder.event("party")).files == 2 * len(PHOTOS)
    assert kept(tmp_path) == []


@pytest.mark.parametrize("kind", ["folder", "s3"])
def test_of_a_folder_and_a_bucket_previews_alone_are_kept(
    kind: str, places: Places, store: Store, tmp_path: Path
) -> None:
    finder = indexed(places.put(kind), store, tmp_path)
    assert kept(tmp_path) == []
    places.take_away()
    matches = finder.find(finder.probe(picture(RED, seed=9))).matches
    assert all(finder.preview(match) for match in matches)
    with pytest.raises(SourceUnreachable):
        finder.photo(matches[0])
