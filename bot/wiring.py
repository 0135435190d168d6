"""The composition root: the only place in the bot that turns settings into objects."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from bot.settings import Settings
from pipeline.finder import PhotoFinder
from pipeline.index_queue import IndexQueue
from pipeline.ports import PhotoSource
from pipeline.registry import Recognizers
from pipeline.sources.folder import FolderSource
from pipeline.store import Store
from pipeline.store.embedded import embedded_url


def open_source(uri: str) -> PhotoSource:
    """The photo source behind an event's `source`."""
    return FolderSource(uri)


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
