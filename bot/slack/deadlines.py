"""A deadline that holds even while a server trickles its headers: connections are cut when it has passed."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection


class Deadline:
    """A moment by which something must be done. Several tries, one after another, may share one."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()

    @property
    def left(self) -> float:
        """Seconds that are left; 0 when it has passed."""
        return max(0.0, self._end - time.monotonic())

    @property
    def over(self) -> bool:
        """Has it passed?"""
        return time.monotonic() >= self._end

    @contextlib.contextmanager
    def watch(self) -> Iterator[Deadline]:
        """Cuts the connections that were added by then when the moment comes."""
        timer = threading.Timer(self.left, self._cut)
        timer.daemon = True
        timer.start()
        try:
            yield self
        finally:
            timer.cancel()
            with self._lock:
                for own in self._sockets:
                    own.close()
                self._sockets.clear()

    def add(self, connection: socket.socket) -> None:
        """Has a connection cut in time. Its handle is a copy: TLS takes the original over."""
        with self._lock:
            self._sockets.append(connection.dup())
        if self.over:
            self._cut()

    def _cut(self) -> None:
        with self._lock:
            for own in self._sockets:
                with contextlib.suppress(OSError):  # closed by its owner already
                    own.shutdown(socket.SHUT_RDWR)


class WatchedAdapter(HTTPAdapter):
    """Opens connections that end at the deadline."""

    def __init__(self, deadline: Deadline) -> None:
        self._deadline = deadline
        super().__init__()

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:
        """The pool of connections, each of which is watched from its first byte."""
        pool: Any = super().get_connection_with_tls_context(*args, **kwargs)
        pool.ConnectionCls = _watched(pool.ConnectionCls, self._deadline)
        return pool


def _watched(kind: type[HTTPConnection], deadline: Deadline) -> type[HTTPConnection]:
    class Watched(kind):  # type: ignore[valid-type, misc]  # the scheme decides on the base
        def _new_conn(self) -> socket.socket:
            made: socket.socket = super()._new_conn()
            deadline.add(made)
            return made

    return Watched
