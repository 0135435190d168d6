"""The bot with events indexed: the real pipeline, PostgreSQL and weights; only Slack is an imitation."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from bot.playground.model import AppIdentity
from bot.queued import QueuedIndexer
from pipeline.finder import PhotoFinder
from pipeline.index_queue import IndexQueue
from pipeline.registry import Recognizers
from pipeline.sources.folder import FolderSource
from pipeline.store import Store
from pipeline.types import EventKey
from tests import databases
from tests.acceptance import browsing, portraits
from tests.acceptance.world import CHEFS, CHEFS_DINNER, CRAB_WEEK, CRABS, GALA, World, world
from tests.fakes.recognizer import FakeRecognizers
from tests.workers import fill

TEAM = AppIdentity("", "", "").team_id


@pytest.fixture(scope="session")
def registry(models: Path) -> Recognizers:
    """The real recognizers, with their weights loaded once."""
    return Recognizers(models)


@pytest.fixture(scope="session")
def photo_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The photos of an event; tests must not change them."""
    folder = tmp_path_factory.mktemp("photos")
    portraits.fill(folder)
    return folder


@pytest.fixture(scope="session")
def indexed(
    database_server: str, registry: Recognizers, photo_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[PhotoFinder]:
    """A finder on three events: the workspace's (the oldest), one of #crabs, one of a private channel."""
    other = tmp_path_factory.mktemp("dinner")
    for name in ("grace-1.jpg", "eileen-1.jpg"):
        (other / f"dinner-{name}").write_bytes((photo_folder / name).read_bytes())
    with databases.own_database(database_server) as url, Store.open(url) as store:
        finder = PhotoFinder(store, registry, lambda uri: FolderSource(Path(uri)))
        finder.index(FolderSource(photo_folder), EventKey(GALA))
        finder.index(FolderSource(photo_folder), EventKey(CRAB_WEEK, TEAM, CRABS))
        finder.index(FolderSource(other), EventKey(CHEFS_DINNER, TEAM, CHEFS))
        yield finder


@pytest.fixture
def findme(indexed: PhotoFinder) -> Iterator[World]:
    """A workspace with the bot, where everybody may look for everybody."""
    with world(indexed) as place:
        yield place


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder that may be read, with the photos of one event in it: coloured squares."""
    fill(tmp_path / "photos" / "week", 12)
    return tmp_path / "photos"


@pytest.fixture
def finder(store: Store) -> PhotoFinder:
    """A finder without any event, which takes coloured squares for faces."""
    return PhotoFinder(store, FakeRecognizers(), FolderSource)


@pytest.fixture
def queue(store: Store, monkeypatch: pytest.MonkeyPatch) -> IndexQueue:
    """The queue, which the bot looks at often."""
    monkeypatch.setattr("bot.reporting.EVERY_SECONDS", 0.05)
    monkeypatch.setattr("bot.replies.progress.INTERVAL", 0.05)
    return IndexQueue(store)


@pytest.fixture
def queued(finder: PhotoFinder, queue: IndexQueue, root: Path) -> Iterator[World]:
    """The bot that has workers index."""
    with world(finder, indexer=QueuedIndexer(queue), FINDME_PHOTO_ROOTS=str(root)) as place:
        yield place


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's chromium."""
    path = browsing.chromium()
    if path is None:
        pytest.skip("no chromium here: apt-get install chromium, or set FINDME_CHROMIUM to its path")
    with browsing.running(path) as started:
        yield started
