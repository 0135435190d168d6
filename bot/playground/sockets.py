"""Socket Mode: a real WebSocket server that hands out envelopes and waits for their acknowledgement."""

from __future__ import annotations

import json
import secrets
import threading
import time
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlparse
from uuid import uuid4

from bot.playground.deliveries import Ack, Envelope
from bot.playground.errors import PlaygroundError
from bot.playground.model import Json

if TYPE_CHECKING:
    from websockets.sync.server import Server, ServerConnection

CLOSE_SECONDS = 0.2  # how long to wait for the other side's goodbye


class _Pending:
    """An envelope that waits for its acknowledgement."""

    def __init__(self) -> None:
        self.done = threading.Event()
        self.payload: Json | None = None


class SocketMode:
    """The WebSocket side of the playground. It starts with the first apps.connections.open."""

    def __init__(self, app_id: str) -> None:
        self._app_id = app_id
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._server: Server | None = None
        self._tickets: set[str] = set()
        self._connections: list[ServerConnection] = []
        self._next = 0
        self._pending: dict[str, _Pending] = {}

    def open(self) -> str:
        """A fresh wss-style address, good for one connection."""
        with self._lock:
            if self._server is None:
                self._server = self._start()
            ticket = secrets.token_urlsafe(16)
            self._tickets.add(ticket)
            port = self._server.socket.getsockname()[1]
        return f"ws://127.0.0.1:{port}/link/?ticket={ticket}&app_id={self._app_id}"

    def _start(self) -> Server:
        try:
            from websockets.sync.server import serve
        except ModuleNotFoundError as error:
            raise PlaygroundError(
                "The playground's Socket Mode needs the package websockets: install it, or use HTTP."
            ) from error
        server = serve(self._serve, "127.0.0.1", 0, close_timeout=CLOSE_SECONDS)
        threading.Thread(target=server.serve_forever, name="socket-mode", daemon=True).start()
        return server

    def _serve(self, connection: ServerConnection) -> None:
        request = connection.request
        ticket = parse_qs(urlparse(request.path).query).get("ticket", [""])[0] if request else ""
        with self._lock:
            known = ticket in self._tickets
            self._tickets.discard(ticket)
        if not known:
            connection.close(1008, "invalid ticket")
            return
        connection.send(json.dumps(self._hello()))
        with self._changed:
            self._connections.append(connection)
            self._changed.notify_all()
        from websockets.exceptions import ConnectionClosed

        try:
            for frame in connection:
                self._acknowledge(frame)
        except ConnectionClosed:
            pass  # a client that goes away without a closing handshake is an everyday thing
        finally:
            self._forget(connection)

    def _forget(self, connection: ServerConnection) -> None:
        with self._changed:
            self._connections = [known for known in self._connections if known is not connection]
            self._changed.notify_all()

    def _hello(self) -> Json:
        return {
            "type": "hello",
            "num_connections": len(self._connections) + 1,
            "debug_info": {
                "host": "playground",
                "started": time.strftime("%F %T"),
                "approximate_connection_time": 3600,
            },
            "connection_info": {"app_id": self._app_id},
        }

    def _acknowledge(self, frame: str | bytes) -> None:
        try:
            answer = json.loads(frame)
        except ValueError:
            return
        with self._lock:
            pending = self._pending.pop(str(answer.get("envelope_id")), None)
        if pending is not None:
            pending.payload = answer.get("payload")
            pending.done.set()

    def wait_connected(self, timeout: float = 10.0, *, count: int = 1) -> bool:
        """Whether at least `count` connections are open, waiting for them."""
        with self._changed:
            return self._changed.wait_for(lambda: len(self._connections) >= count, timeout)

    def send(self, envelope: Envelope, seconds: float) -> Ack:
        """Hands the envelope to one connection (they take turns) and waits for its acknowledgement."""
        began = time.monotonic()
        with self._lock:
            if not self._connections:
                return Ack(0, "", 0.0, "not_connected")
            connection = self._connections[self._next % len(self._connections)]
            self._next += 1
            envelope_id, pending = str(uuid4()), _Pending()
            self._pending[envelope_id] = pending
        from websockets.exceptions import ConnectionClosed

        try:
            connection.send(json.dumps(_wire(envelope_id, envelope)))
        except ConnectionClosed:
            return Ack(0, "", time.monotonic() - began, "connection_failed")
        if not pending.done.wait(seconds):
            return Ack(0, "", time.monotonic() - began, "timeout")
        body = json.dumps(pending.payload) if pending.payload else ""
        return Ack(200, body, time.monotonic() - began)

    def disconnect(self, reason: str = "refresh_requested") -> None:
        """Says goodbye and closes every connection, as Slack does every few hours; clients come back."""
        with self._lock:
            connections = list(self._connections)
        for connection in connections:
            self._forget(connection)
            connection.send(json.dumps({"type": "disconnect", "reason": reason, "debug_info": {}}))
            connection.close()

    def close(self) -> None:
        with self._lock:
            server, self._server = self._server, None
        if server is not None:
            server.shutdown()


def _wire(envelope_id: str, envelope: Envelope) -> Json:
    """The JSON of one envelope."""
    wire: Json = {
        "envelope_id": envelope_id,
        "type": envelope.sort,
        "payload": envelope.payload,
        "accepts_response_payload": envelope.sort != "events_api",
    }
    if envelope.sort == "events_api":
        number, reason = envelope.retry or (0, "")
        wire |= {"retry_attempt": number, "retry_reason": reason}
    return wire
