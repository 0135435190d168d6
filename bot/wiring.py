"""The composition root: the only place in the bot that turns settings into objects."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote

from bot.settings import Settings
from pipeline.finder import PhotoFinder
from pipeline.index_queue import IndexQueue
from pipeline.ports import PhotoSource
from pipeline.registry import Recognizers
from pipeline.sources.address import is_url, parse_address
from pipeline.sources.archive import ZipSource
from pipeline.sources.folder import FolderSource
from pipeline.sources.place import Place
from pipeline.sources.ranges import LocalRanges
from pipeline.sources.remote import RemoteRanges, RemoteSource
from pipeline.sources.web import WebRanges
from pipeline.store import Store
from pipeline.store.embedded import embedded_url


def open_source(address: str) -> PhotoSource:
    """The photo source behind an address: what somebody typed, or an event's `source`.

    A path is a ZIP archive when it is a file or ends in `.zip`, else a folder. Raises SourceUnreachable for
    a URL that cannot be one of photos.
    """
    if address.lower().startswith("file:///"):
        return open_source(unquote(address[len("file://") :]))
    if is_url(address):
        return _elsewhere(address)
    path = Path(address)
    if not path.is_dir() and (path.suffix.lower() == ".zip" or path.is_file()):
        return _zip_file(os.path.realpath(path))
    return FolderSource(path)


@lru_cache(maxsize=16)
def _zip_file(path: str) -> ZipSource:
    """Kept, because reading an archive's directory takes longer than reading a photo from it."""
    return ZipSource(LocalRanges(path))


@lru_cache(maxsize=16)
def _elsewhere(url: str) -> PhotoSource:
    """Kept, because connecting takes longer than reading a photo."""
    address = parse_address(url)
    if address.is_web:
        return ZipSource(WebRanges(address))
    place = Place(address)
    return ZipSource(RemoteRanges(place)) if address.is_archive else RemoteSource(place)


def recognizers(settings: Settings) -> Recognizers:
    """The registry of recognizers; no weights are loaded yet. Raises UnknownRecognizer."""
    return Recognizers(
        settings.data_dir / "models", default=settings.recognizer, clip_model=settings.clip_model
    )


@contextmanager
def open_store(settings: Settings) -> Iterator[Store]:
    """The database of the settings, migrated: DATABASE_URL, or the embedded one."""
    with ExitStack() as stack:
        url = settings.database_url
        if url is None:
            server = embedded_url(settings.data_dir / "postgres")
            stack.callback(server.close)
            url = server.url
        store = Store.open(url)
        stack.callback(store.close)
        yield store


@contextmanager
def open_finder(settings: Settings) -> Iterator[PhotoFinder]:
    """A finder on the database of the settings; closed on leaving."""
    with open_finder_and_queue(settings) as (finder, _):
        yield finder


@contextmanager
def open_finder_and_queue(settings: Settings) -> Iterator[tuple[PhotoFinder, IndexQueue]]:
    """The same, with the queue of indexing runs in the same database."""
    registry = recognizers(settings)
    with open_store(settings) as store:
        yield PhotoFinder(store, registry, open_source), IndexQueue(store)
