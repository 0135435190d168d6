"""What every test may ask for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

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
