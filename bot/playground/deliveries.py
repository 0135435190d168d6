"""Signed deliveries to the app: commands, events, interactions; over HTTP or a Socket Mode socket."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlencode

import requests

from bot.playground.model import Json

Sort = Literal["slash_commands", "events_api", "interactive"]
ACK_SECONDS = 3.0  # Slack waits no longer
RETRY_DELAYS = (0.0, 60.0, 300.0)  # seconds before the first, second and third retry of an event


@dataclass(frozen=True)
class Ack:
    """The app's first answer to a delivery."""

    status: int  # HTTP status; 200 for a Socket Mode acknowledgement, 0 where nothing came
    body: str
    seconds: float
    error: str | None = None  # "timeout", "connection_failed", "not_connected"

    @property
    def ok(self) -> bool:
        return self.status == 200

    @property
    def json(self) -> Any:
        """The body as JSON; None where it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


@dataclass(frozen=True)
class Envelope:
    """One delivery."""

    sort: Sort
    payload: Json
    retry: tuple[int, str] | None = None  # its number and why

    @property
    def body(self) -> str:
        """As it goes over HTTP."""
        if self.sort == "slash_commands":
            return urlencode(self.payload)
        if self.sort == "interactive":
            return urlencode({"payload": json.dumps(self.payload)})
        return json.dumps(self.payload)


def sign(secret: str, timestamp: str, body: str) -> str:
    """X-Slack-Signature: v0=HMAC-SHA256 of "v0:timestamp:body"."""
    base = f"v0:{timestamp}:{body}".encode()
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()


def headers_for(secret: str, envelope: Envelope, now: float | None = None) -> dict[str, str]:
    """The headers of a delivery over HTTP, its signature among them."""
    timestamp = str(int(time.time() if now is None else now))
    form = envelope.sort != "events_api"
    headers = {
        "Content-Type": "application/x-www-form-urlencoded" if form else "application/json",
        "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
        "X-Slack-Request-Timestamp": timestamp,
        "X-Slack-Signature": sign(secret, timestamp, envelope.body),
    }
    if envelope.retry:
        headers |= {"X-Slack-Retry-Num": str(envelope.retry[0]), "X-Slack-Retry-Reason": envelope.retry[1]}
    return headers


class Deliveries:
    """Sends envelopes and logs them, to Socket Mode without an address. `ring` is called each time."""

    def __init__(
        self, signing_secret: str, send_to_socket: Callable[[Envelope, float], Ack], ring: Callable[[], None]
    ) -> None:
        self.url: str | None = None
        self.ack_seconds = ACK_SECONDS
        self.retry_delays: Sequence[float] = RETRY_DELAYS
        self._secret = signing_secret
        self._send_to_socket = send_to_socket
        self._ring = ring
        self._closing = threading.Event()
        self._lock = threading.Lock()
        self._log: list[tuple[Envelope, Ack]] = []
        self._http = requests.Session()
        self._http.trust_env = False  # a proxy has no business between two servers of one machine

    def send(self, envelope: Envelope) -> Ack:
        """One attempt."""
        ack = self._post(envelope) if self.url else self._send_to_socket(envelope, self.ack_seconds)
        with self._lock:
            self._log.append((envelope, ack))
        self._ring()
        return ack

    def send_event(self, payload: Json) -> Ack:
        """One attempt, and up to three more in the background while the app does not answer 200."""
        ack = self.send(Envelope("events_api", payload))
        if not ack.ok:
            threading.Thread(
                target=self._retry, args=(payload, ack), name="slack-retries", daemon=True
            ).start()
        return ack

    def send_event_later(self, payload: Json) -> None:
        """The same without waiting for the app; for what the app itself has caused."""
        threading.Thread(target=self.send_event, args=(payload,), name="slack-event", daemon=True).start()

    def log(self) -> list[tuple[Envelope, Ack]]:
        """Every attempt so far with its answer."""
        with self._lock:
            return list(self._log)

    def close(self) -> None:
        self._closing.set()
        self._http.close()

    def _post(self, envelope: Envelope) -> Ack:
        began = time.monotonic()
        try:
            answer = self._http.post(
                self.url or "",
                data=envelope.body.encode(),
                headers=headers_for(self._secret, envelope),
                timeout=self.ack_seconds,
                allow_redirects=False,
            )
        except requests.Timeout:
            return Ack(0, "", time.monotonic() - began, "timeout")
        except requests.RequestException:
            return Ack(0, "", time.monotonic() - began, "connection_failed")
        return Ack(answer.status_code, answer.text, time.monotonic() - began)

    def _retry(self, payload: Json, ack: Ack) -> None:
        for number, delay in enumerate(self.retry_delays, start=1):
            if self._closing.wait(delay):
                return
            reason = {"timeout": "http_timeout", None: "http_error"}.get(ack.error, "connection_failed")
            ack = self.send(Envelope("events_api", payload, (number, reason)))
            if ack.ok:
                return
