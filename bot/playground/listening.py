"""A WSGI application on a port of 127.0.0.1, in a thread of its own."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING, Any

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from bot.playground.errors import PlaygroundError

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

HOST = "127.0.0.1"
BACKLOG = 128  # connections that may wait


class _Quiet(WSGIRequestHandler):
    """Logs no request; the playground records them itself."""

    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002  (werkzeug's own name)
        pass


def _bound(port: int) -> socket.socket:
    """A listening socket. Raises PlaygroundError where the port is taken."""
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((HOST, port))
    except OSError as error:
        bound.close()
        raise PlaygroundError(
            f"Port {port} is not to be had ({error.strerror}): choose another one."
        ) from error
    bound.listen(BACKLOG)
    return bound


class Listener:
    """Werkzeug's threaded server: a thread for each request, so that one that hangs blocks no other."""

    def __init__(self, app: WSGIApplication, port: int = 0) -> None:
        with _bound(port) as bound:  # the server takes a copy of the socket
            self._server: BaseWSGIServer = make_server(
                HOST, port, app, threaded=True, request_handler=_Quiet, fd=bound.fileno()
            )
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        return self._server.port

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)
