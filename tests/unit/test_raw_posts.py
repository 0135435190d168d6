"""The bytes of uploads, over connections that stay open."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from bot.replies.raw_posts import RawPosts


class FileHost(ThreadingHTTPServer):
    """Takes what is posted, keeps connections open, and hands out a cookie, as Slack's hosts do."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Post)
        self.came: list[tuple[str, bytes]] = []
        self.cookies: list[str | None] = []
        self.connections: set[int] = set()
        self.url = f"http://127.0.0.1:{self.server_port}"


class _Post(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: FileHost

    def do_POST(self) -> None:
        data = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.came.append((self.path, data))
        self.server.cookies.append(self.headers["Cookie"])
        self.server.connections.add(self.client_address[1])
        self.send_response(200)
        self.send_header("Set-Cookie", "b=1; Path=/")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def host() -> Iterator[FileHost]:
    with FileHost() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield server
        server.shutdown()


def test_bytes_that_follow_each_other_go_over_one_connection(host: FileHost) -> None:
    posts = RawPosts(lambda _: None)
    for number in range(5):
        posts.post(f"{host.url}/{number}", f"{number}.jpg", b"photo %d" % number)
    assert host.came == [(f"/{number}", b"photo %d" % number) for number in range(5)]
    assert len(host.connections) == 1


def test_no_cookie_is_kept(host: FileHost) -> None:
    posts = RawPosts(lambda _: None)
    for number in range(2):
        posts.post(f"{host.url}/{number}", "photo.jpg", b"photo")
    assert host.cookies == [None, None]
