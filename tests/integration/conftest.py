"""What integration tests may ask for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from bot import wiring
from pipeline.index_queue import IndexQueue
from pipeline.store import Store
from tests.fakes import buckets


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    with buckets.running_s3() as address:
        yield address


@pytest.fixture
def s3(s3_server: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """A client of an S3 that findme reaches by the usual settings, with an empty bucket `party`."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3_server)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "me")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s3cr3t")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    client = buckets.client(s3_server)
    requests.post(f"{s3_server}/moto-api/reset", timeout=10).raise_for_status()
    wiring._elsewhere.cache_clear()  # it may hold connections of other tests
    client.create_bucket(Bucket="party")
    return client


@pytest.fixture
def queue(store: Store) -> IndexQueue:
    """The queue of runs, on the test's database."""
    return IndexQueue(store)
