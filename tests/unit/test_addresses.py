"""Addresses of photos elsewhere: what is taken, what is refused, and that no refusal repeats a secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.wiring import open_source
from pipeline.errors import SourceUnreachable
from pipeline.sources.address import is_url, parse_address
from pipeline.sources.archive import ZipSource
from pipeline.sources.folder import FolderSource
from pipeline.sources.remote import RemoteSource


@pytest.mark.parametrize(
    ("text", "url", "is_archive"),
    [
        ("s3://bucket", "s3://bucket", False),
        ("S3://Bucket/crab week/", "s3://Bucket/crab week", False),
        ("s3://bucket/party.ZIP", "s3://bucket/party.ZIP", True),
        ("gs://bucket/a", "gs://bucket/a", False),
        ("sftp://anna@host:2222/photos", "sftp://anna@host:2222/photos", False),
        ("https://example.com/party.zip", "https://example.com/party.zip", True),
        ("https://example.com/get/17", "https://example.com/get/17", True),
        ("http://[::1]:8000/party.zip", "http://[::1]:8000/party.zip", True),
        ("memory://", "memory://", False),
    ],
)
def test_addresses(text: str, url: str, is_archive: bool) -> None:
    address = parse_address(text)
    assert (address.url, address.is_archive) == (url, is_archive)
    assert parse_address(address.url) == address


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("s3://AKIA:s3cr3t@bucket/photos", "credentials"),
        ("s3://s3cr3t@bucket/photos", "credentials"),
        ("sftp://anna:s3cr3t@host/photos", "credentials"),
        ("https://anna:s3cr3t@example.com/party.zip", "credentials"),
        ("https://s3cr3t@example.com/party.zip", "credentials"),
        ("https://example.com/party.zip?X-Amz-Signature=s3cr3t", "may be a key"),
        ("https://example.com/party.zip#s3cr3t", "may be a key"),
        ("https://example.com:s3cr3t/party.zip", "names no host"),
        ("https:///party.zip", "names no host"),
        ("s3://", "names nothing"),
        ("s3:///s3cr3t", "names nothing"),
        ("zip://s3cr3t.jpg::s3://bucket/party.zip", "not read from zip://"),
        ("memory://a::s3://anna:s3cr3t@bucket", "'::'"),
        ("s3://bucket/\0s3cr3t", "invisible"),
        ("ftp://host/s3cr3t", "not read from ftp://"),
        ("slack://C123", "not read from slack://"),
    ],
)
def test_refusals_repeat_no_secret(text: str, words: str) -> None:
    assert is_url(text)
    with pytest.raises(SourceUnreachable, match=words) as refusal:
        open_source(text)
    assert "s3cr3t" not in str(refusal.value)


def test_the_form_of_an_address_says_what_opens_it(tmp_path: Path) -> None:
    (tmp_path / "folder.zip").mkdir()
    (tmp_path / "file").write_bytes(b"")
    assert not is_url(str(tmp_path))
    kinds = {
        str(tmp_path): FolderSource,
        str(tmp_path / "folder.zip"): FolderSource,
        str(tmp_path / "nothing"): FolderSource,
        str(tmp_path / "nothing.ZIP"): ZipSource,
        str(tmp_path / "file"): ZipSource,
        f"file://{tmp_path}": FolderSource,
        f"file://{tmp_path}/nothing.zip": ZipSource,
        "memory://photos": RemoteSource,
        "memory://photos.zip": ZipSource,
        "https://example.com/party.zip": ZipSource,
    }
    assert {address: type(open_source(address)) for address in kinds} == kinds
    for address in kinds:
        uri = open_source(address).uri
        assert open_source(uri).uri == uri


def test_a_file_that_is_no_archive_is_told_so(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("Dear diary")
    with pytest.raises(SourceUnreachable, match=r"notes\.txt is no ZIP archive"):
        list(open_source(str(tmp_path / "notes.txt")).entries())
