"""A small web server for one file: with ranges, without them, or with trouble."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class WebFile:
    """What is served at /party.zip, and how; change it while it runs."""

    data: bytes
    ranges: bool = True
    status: int = 200  # anything else is all that is answered
    tag: str | None = None  # ETag
    cut: int | None = None  # bytes after which every answer ends
    login: str | None = None  # value of the Authorization header that is asked for
    leads_to: str | None = None  # another address, which is all that is answered
    url: str = ""
    asked: list[str] = field(default_factory=list)  # the Range header of every request
    logins: set[str | None] = field(default_factory=set)  # the Authorization headers that came


@contextmanager
def serving(data: bytes) -> Iterator[WebFile]:
    """Serves the file on a port of its own."""
    file = WebFile(data)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            _answer(self, file)

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = _Server(("127.0.0.1", 0), Handler)
    file.url = f"http://127.0.0.1:{server.server_port}/party.zip"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield file
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """Clients that hang up in the middle are what some tests are about."""


def _answer(handler: BaseHTTPRequestHandler, file: WebFile) -> None:
    asked = handler.headers.get("Range", "")
    file.asked.append(asked)
    file.logins.add(handler.headers.get("Authorization"))
    status = 404 if handler.path.partition("?")[0] != "/party.zip" else file.status
    if file.login is not None and handler.headers.get("Authorization") != file.login:
        status = 401
    if file.leads_to is not None:
        status = 302
    if status != 200:
        handler.send_response(status)
        if file.leads_to is not None:
            handler.send_header("Location", file.leads_to)
        handler.send_header("Content-Length", "0")
        handler.end_headers()
        return
    start, end = 0, len(file.data)
    if file.ranges and asked:
        first, _, last = asked.removeprefix("bytes=").partition("-")
        start, end = int(first), min(int(last) + 1, end)
        if start >= len(file.data):
            handler.send_response(416)
            handler.send_header("Content-Length", "0")
            handler.end_headers()
            return
        handler.send_response(206)
        handler.send_header("Content-Range", f"bytes {start}-{end - 1}/{len(file.data)}")
    else:
        handler.send_response(200)
    if file.tag is not None:
        handler.send_header("ETag", file.tag)
    handler.send_header("Content-Length", str(end - start))
    handler.end_headers()
    handler.wfile.write(file.data[start:end][: file.cut])
    handler.close_connection = file.cut is not None
