"""What every test may ask for."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.store import Store
from tests import databases
from tests.workers import Workers, workers

PROJECT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def labelled_photos() -> Path:
    """The folder of real labelled photos: FINDME_TEST_PHOTOS, or ../shared/photos beside the project."""
    folder = Path(os.environ.get("FINDME_TEST_PHOTOS") or PROJECT.parent / "shared" / "photos")
    if not (folder / "people").is_dir():
        pytest.skip(f"no labelled photos at {folder}; set FINDME_TEST_PHOTOS to their folder")
    return folder


@pytest.fixture(scope="session")
def models() -> Path:
    """Where built models are cached between test runs; the cache is checked by hash at every load."""
    return Path(os.environ.get("FINDME_TEST_MODELS") or PROJECT / ".findme" / "models")


@pytest.fixture(scope="session")
def database_server() -> Iterator[str]:
    """The address of an embedded PostgreSQL, started once, with a migrated template in it."""
    with databases.running_server() as server:
        databases.make_template(server)
        yield server


@pytest.fixture
def database_url(database_server: str) -> Iterator[str]:
    """The address of a migrated, empty database of the test's own."""
    with databases.own_database(database_server) as url:
        yield url


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """An open store on an empty database of the test's own."""
    with Store.open(database_url) as store:
        yield store


@pytest.fixture
def crew(database_url: str) -> Iterator[Workers]:
    """No worker process yet, on the test's database."""
    with workers(database_url) as crew:
        yield crew
