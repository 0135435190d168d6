"""Web servers that lead to other addresses: followed, but not out of what is admitted, nor with logins."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot import wiring
from bot.reach import Reach, guarded
from bot.settings import Settings
from pipeline.errors import SourceUnfit, SourceUnreachable
from pipeline.ports import PhotoSource
from pipeline.sources.address import parse_address
from pipeline.sources.redirects import next_hop
from tests.fakes import web_server
from tests.fakes.web_server import WebFile

ADMITTED = [parse_address("https://photos.example.com/events")]


@pytest.fixture
def target() -> Iterator[WebFile]:
    """An archive on another host."""
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        archive.writestr("a.jpg", b"a")
    with web_server.serving(memory.getvalue()) as file:
        file.url = file.url.replace("127.0.0.1", "localhost")
        yield file


@pytest.fixture
def first(target: WebFile) -> Iterator[WebFile]:
    """A server that leads there."""
    wiring._elsewhere.cache_clear()
    with web_server.serving(b"") as file:
        file.leads_to = f"{target.url}?key=of-today"
        yield file


def admitting(*urls: str) -> Settings:
    return Settings(_env_file=None, FINDME_PHOTO_URLS=" ".join(urls))


def photos(source: PhotoSource) -> dict[str, bytes]:
    return {entry.name: source.read(entry.name) for entry in source.entries()}


def test_what_the_command_line_names_may_lead_elsewhere(first: WebFile, target: WebFile) -> None:
    assert photos(wiring.open_source(first.url)) == {"a.jpg": b"a"}
    assert target.asked


def test_what_the_settings_admit_leads_nowhere_else(first: WebFile, target: WebFile) -> None:
    settings = admitting(first.url.removesuffix("/party.zip"))
    source = guarded(wiring.source_opener(settings), Reach.of(settings))(first.url)
    with pytest.raises(SourceUnfit, match="is not where photos may be read from") as refusal:
        list(source.entries())
    assert "of-today" not in str(refusal.value)
    assert target.asked == []


def test_what_the_settings_admit_may_lead_to_what_they_admit(first: WebFile, target: WebFile) -> None:
    assert photos(wiring.source_opener(admitting(first.url, target.url))(first.url)) == {"a.jpg": b"a"}


def test_a_login_goes_to_its_own_server_alone(
    first: WebFile, target: WebFile, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "netrc").write_text(
        "".join(f"machine {h} login me password x\n" for h in ("127.0.0.1", "localhost"))
    )
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    assert photos(wiring.open_source(first.url)) == {"a.jpg": b"a"}
    assert first.logins == {"Basic bWU6eA=="}
    assert target.logins == {None}


def test_a_server_that_leads_in_a_circle(first: WebFile) -> None:
    first.leads_to = first.url
    with pytest.raises(SourceUnreachable, match="from one address to the next"):
        list(wiring.open_source(first.url).entries())


@pytest.mark.parametrize(
    ("location", "leads_to"),
    [
        ("new.zip?key=x#part", "https://photos.example.com/events/new.zip?key=x#part"),
        ("https://PHOTOS.example.com/events/a/b.zip", "https://photos.example.com/events/a/b.zip"),
        ("http://photos.example.com/events/a.zip", None),
        ("//evil.org/events/a.zip", None),
        ("https://photos.example.com@evil.org/events/a.zip", None),
        ("https://photos.example.com.evil.org/events/a.zip", None),
        ("https://photos.example.com:8443/events/a.zip", None),
        ("https://me:secret@photos.example.com/events/a.zip", None),
        ("https:\\\\evil.org/events/a.zip", None),
        ("/secret/a.zip", None),
        ("../secret/a.zip", None),
        ("/events/%2e%2e/secret/a.zip", None),
        ("file:///etc/passwd", None),
    ],
)
def test_where_a_redirect_may_lead(location: str, leads_to: str | None) -> None:
    if leads_to is not None:
        assert next_hop("https://photos.example.com/events/old.zip", location, ADMITTED) == leads_to
        return
    with pytest.raises(SourceUnfit, match=r"^https://photos\.example\.com leads to"):
        next_hop("https://photos.example.com/events/old.zip", location, ADMITTED)


def test_without_bounds_https_is_not_left() -> None:
    here = "https://photos.example.com/a.zip"
    assert next_hop(here, "https://cdn.example.org/a.zip", ()) == "https://cdn.example.org/a.zip"
    with pytest.raises(SourceUnfit, match="without https"):
        next_hop(here, "http://photos.example.com/a.zip", ())
