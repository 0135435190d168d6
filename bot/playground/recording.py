"""What reached the playground, header by header, so that a test can say what was sent where."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class RecordedRequest:
    """One request as it came in."""

    verb: str
    host: str  # with its port
    path: str
    headers: Mapping[str, str]  # names in lower case
    args: Mapping[str, Any] = field(default_factory=dict)  # a Web API call's arguments, without its token

    @property
    def api_method(self) -> str | None:
        """The Web API method, such as "chat.postMessage"; None for another door."""
        return self.path.removeprefix("/api/") if self.path.startswith("/api/") else None


class Recorder:
    """A growing list of requests; `ring` is called after each."""

    def __init__(self, ring: Callable[[], None]) -> None:
        self._ring = ring
        self._lock = threading.Lock()
        self._requests: list[RecordedRequest] = []

    def add(self, request: RecordedRequest) -> None:
        with self._lock:
            self._requests.append(request)
        self._ring()

    def all(self) -> list[RecordedRequest]:
        with self._lock:
            return list(self._requests)

    def clear(self) -> None:
        with self._lock:
            self._requests.clear()
