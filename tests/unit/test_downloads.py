"""Whom the bot's token is sent to, and how long a download may take."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask, Response, redirect, request

from bot.errors import DownloadFailed, Refused
from bot.playground.listening import Listener
from bot.slack import avatars
from bot.slack.avatars import fetch_avatar
from bot.slack.deadlines import Deadline
from bot.slack.downloads import Downloader
from bot.slack.files import may_be_photo
from bot.slack.people import read_person
from pipeline.images import is_photo

TOKEN = "xoxb-secret"
PICTURE = b"\xff\xd8\xff picture"


class Host:
    """A web server that notes what it is asked with."""

    def __init__(self) -> None:
        self.tokens: list[str | None] = []
        self.target = ""
        self.app = Flask(__name__)
        self.app.add_url_rule("/away", view_func=self._away)
        self.app.add_url_rule("/x", view_func=self._picture)
        self._listener = Listener(self.app)
        self.port = self._listener.port

    def _picture(self) -> Response:
        self.tokens.append(request.headers.get("Authorization"))
        return Response(PICTURE, mimetype="image/jpeg")

    def _away(self) -> Any:
        self.tokens.append(request.headers.get("Authorization"))
        answer = redirect("/")
        answer.autocorrect_location_header = False
        answer.headers["Location"] = self.target
        return answer

    def close(self) -> None:
        self._listener.close()


@pytest.fixture
def hosts() -> Iterator[tuple[Host, Host]]:
    """Slack at 127.0.0.1, and somebody else at localhost."""
    slack, other = Host(), Host()
    yield slack, other
    slack.close()
    other.close()


@pytest.mark.parametrize(
    ("url", "sent"),
    [
        ("https://files.slack.com/x", True),
        ("https://slack.com/x", True),
        ("http://files.slack.com/x", False),
        ("https://files.slack.com:8443/x", False),
        ("https://files.slack.com.evil.com/x", False),
        ("https://notslack.com/x", False),
        ("https://own.example/x", True),
        ("https://own.example:8443/x", True),
        ("http://own.example/x", False),
        ("https://sub.own.example/x", False),
    ],
)
def test_whose_hosts_get_the_token(url: str, sent: bool) -> None:
    assert Downloader("https://own.example/api/", TOKEN).may_send_token(url) is sent


def test_a_slack_without_tls_gets_it_on_all_ports_but_for_profile_pictures() -> None:
    downloader = Downloader("http://own.example:9000/api/", TOKEN)
    assert downloader.may_send_token("http://own.example:9001/x")
    assert downloader.may_send_token("https://own.example/x")
    assert downloader.may_send_token("http://own.example:9000/x", public=True)
    assert not downloader.may_send_token("http://own.example:9001/x", public=True)


STRANGE = [
    "https://evil.com\\@files.slack.com/x",
    "https://evil.com\\.slack.com/x",
    "https://files.slack.com@evil.com/x",
    "https://user:word@files.slack.com/x",
    "https://files.slack.com\t.evil.com/x",
    " https://files.slack.com/x",
    "https://files.slack.com/x\n",
    "https://files.slack.com\x00/x",
    "//files.slack.com/x",
    "ftp://files.slack.com/x",
    "https://[::1/x",
    "https:///x",
    "",
]


@pytest.mark.parametrize("url", STRANGE)
def test_addresses_that_can_be_read_in_two_ways_are_not_fetched(url: str) -> None:
    downloader = Downloader("https://slack.com/api/", TOKEN)
    with pytest.raises(DownloadFailed):
        downloader.may_send_token(url)
    with pytest.raises(DownloadFailed):
        downloader.picture(url)


def test_a_backslash_does_not_carry_the_token_away(hosts: tuple[Host, Host]) -> None:
    slack, other = hosts
    downloader = Downloader(f"http://127.0.0.1:{slack.port}/api/", TOKEN)
    there = f"http://localhost:{other.port}\\@127.0.0.1:{slack.port}/x"
    with pytest.raises(DownloadFailed):
        downloader.picture(there)
    slack.target = there
    with pytest.raises(DownloadFailed):
        downloader.picture(f"http://127.0.0.1:{slack.port}/away")
    assert slack.tokens == [f"Bearer {TOKEN}"]
    assert other.tokens == []


def test_a_chain_that_has_left_slack_does_not_get_the_token_again(hosts: tuple[Host, Host]) -> None:
    slack, other = hosts
    slack.target = f"http://localhost:{other.port}/away"
    other.target = f"http://127.0.0.1:{slack.port}/x"
    downloader = Downloader(f"http://127.0.0.1:{slack.port}/api/", TOKEN)
    assert downloader.picture(f"http://127.0.0.1:{slack.port}/away") == PICTURE
    assert slack.tokens == [f"Bearer {TOKEN}", None]
    assert other.tokens == [None]


def test_files_on_another_port_of_slacks_host_are_fetched_with_it(hosts: tuple[Host, Host]) -> None:
    slack, other = hosts
    downloader = Downloader(f"http://127.0.0.1:{slack.port}/api/", TOKEN)
    assert downloader.picture(f"http://127.0.0.1:{other.port}/x") == PICTURE
    assert downloader.picture(f"http://127.0.0.1:{other.port}/x", public=True) == PICTURE
    assert other.tokens == [f"Bearer {TOKEN}", None]


@pytest.fixture
def trickle() -> Iterator[Callable[[bytes], int]]:
    """Starts a server that sends these bytes and then one more every 50 ms, for ever; its port."""
    stop = threading.Event()
    server = socket.create_server(("127.0.0.1", 0))

    def serve(start: bytes, filler: bytes) -> None:
        while not stop.is_set():
            try:
                connection, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=feed, args=(connection, start, filler), daemon=True).start()

    def feed(connection: socket.socket, start: bytes, filler: bytes) -> None:
        try:
            connection.sendall(start)
            while not stop.wait(0.05):
                connection.sendall(filler)
        except OSError:
            pass
        connection.close()

    def begin(start: bytes, filler: bytes = b"a") -> int:
        threading.Thread(target=serve, args=(start, filler), daemon=True).start()
        return int(server.getsockname()[1])

    yield begin
    stop.set()
    server.close()


@pytest.mark.parametrize(
    "start", [b"HTTP/1.1 200 OK\r\nX-Slow: ", b"HTTP/1.1 200 OK\r\n\r\n\xff\xd8\xff", b""], ids=repr
)
def test_a_server_that_trickles_is_cut_off(trickle: Callable[[bytes], int], start: bytes) -> None:
    port = trickle(start)
    began = time.monotonic()
    with pytest.raises(DownloadFailed):
        Downloader("https://slack.com/api/", None).picture(
            f"http://127.0.0.1:{port}/x", deadline=Deadline(0.4)
        )
    assert time.monotonic() - began < 3


def test_all_sizes_of_a_picture_share_one_deadline(
    trickle: Callable[[bytes], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(avatars, "MOST_SECONDS", 0.6)
    port = trickle(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    sizes = {f"image_{size}": f"http://127.0.0.1:{port}/{size}" for size in (512, 192, 72)}
    began = time.monotonic()
    with pytest.raises(Refused):
        fetch_avatar(
            read_person("U1", {"profile": sizes}), Downloader("https://slack.com/api/", None), own=True
        )
    assert time.monotonic() - began < 1.5


def test_no_request_is_begun_after_the_deadline(hosts: tuple[Host, Host]) -> None:
    slack, _ = hosts
    with pytest.raises(DownloadFailed):
        Downloader("https://slack.com/api/", None).picture(
            f"http://127.0.0.1:{slack.port}/x", deadline=Deadline(0)
        )
    assert slack.tokens == []


@pytest.mark.parametrize(
    ("file", "photo"),
    [
        ({"mimetype": "image/heic", "name": "IMG_1.HEIC"}, True),
        ({"mimetype": "application/octet-stream", "name": "IMG_1.HEIC"}, True),
        ({"mimetype": "application/octet-stream", "name": "IMG_1"}, True),
        ({"mimetype": "application/octet-stream", "name": "setup.exe"}, False),
        ({"mimetype": "", "name": "IMG_1.heic"}, True),
        ({"name": "notes.txt"}, False),
        ({}, True),
        ({"mimetype": "image/svg+xml", "name": "x.svg"}, False),
        ({"mimetype": "text/plain", "name": "notes"}, False),
        ({"mimetype": "application/pdf", "name": "x.pdf"}, False),
    ],
)
def test_what_may_be_a_photo(file: dict[str, str], photo: bool) -> None:
    assert may_be_photo(file) is photo


@pytest.mark.parametrize(
    ("data", "photo"),
    [
        (b"\xff\xd8\xff\xe0", True),
        (b"\x89PNG\r\n\x1a\n", True),
        (b"RIFF\x00\x00\x00\x00WEBP", True),
        (b"GIF89a", True),
        (b"\x00\x00\x00\x18ftypheic", True),
        (b"\x00\x00\x00\x18ftypmif1", True),
        (b"\x00\x00\x00\x18ftypavis", True),
        (b"\x00\x00\x00\x18ftypmp42", False),
        (b"<!DOCTYPE html>", False),
        (b"", False),
    ],
)
def test_the_first_bytes_tell_a_photo(data: bytes, photo: bool) -> None:
    assert is_photo(data) is photo
