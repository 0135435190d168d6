"""What somebody in Slack may have indexed: addresses that the operator allows, and no others."""

from __future__ import annotations

import pytest

from bot.errors import Refused
from bot.reach import Reach, guarded, readable_source
from pipeline.sources.address import parse_address
from pipeline.sources.web import WebRanges

REACH = Reach(addresses=("s3://photos/events", "https://Photos.example.com/", "sftp://anna@host/srv"))


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("s3://photos/events", "s3://photos/events"),
        ("s3://photos/events/crab week/", "s3://photos/events/crab week"),
        ("https://photos.example.com/a/party.zip", "https://photos.example.com/a/party.zip"),
        ("sftp://anna@host/srv/photos", "sftp://anna@host/srv/photos"),
    ],
)
def test_addresses_that_are_allowed(typed: str, read: str) -> None:
    assert readable_source(typed, REACH) == read


@pytest.mark.parametrize(
    "typed",
    [
        "s3://photos",
        "s3://photos/events-of-others",
        "s3://photos/events/../secret",
        "s3://PHOTOS/events",
        "gs://photos/events",
        "http://photos.example.com/party.zip",
        "https://photos.example.com.evil.org/party.zip",
        "https://photos.example.com/a/%2e%2e%2fparty.zip",
        "sftp://root@host/srv/photos",
        "https://key:secret@photos.example.com/party.zip",
        "ftp://photos.example.com/party.zip",
        "file:///etc",
    ],
)
def test_addresses_that_are_not(typed: str) -> None:
    with pytest.raises(Refused) as refusal:
        readable_source(typed, REACH)
    assert "secret@" not in str(refusal.value)
    with pytest.raises(Refused):
        readable_source(typed, Reach())


def test_a_run_that_waited_is_held_to_what_is_allowed_now() -> None:
    opened: list[str] = []

    def open_source(uri: str) -> WebRanges:
        opened.append(uri)
        return WebRanges(parse_address(uri))

    uri = "https://photos.example.com/party.zip"
    guarded(open_source, REACH)(uri)  # type: ignore[arg-type]
    with pytest.raises(Refused):
        guarded(open_source, Reach())(uri)  # type: ignore[arg-type]
    assert opened == [uri]
