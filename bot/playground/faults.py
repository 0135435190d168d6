"""Faults to order: the next calls of a method are refused, hang, or lose their connection."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Literal

How = Literal["refuse", "http_500", "hang", "drop"]

# Besides the names of Web API methods, these stand for the other doors of the host.
UPLOAD = "upload"  # the raw POST of an upload's bytes
DOWNLOAD = "download"  # url_private
RESPONSE_URL = "response_url"
AVATAR = "avatar"  # the CDN


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong, and how often."""

    how: How
    error: str = "internal_error"
    times: int | None = 1  # None: until mended
    retry_after: int | None = None  # seconds
    seconds: float = 0.0  # how long a hang lasts, unless something is mended meanwhile


class Faults:
    """Faults by method, used up in the order in which they were put in."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[str, list[Fault]] = {}
        self._mended = threading.Event()

    def add(self, method: str, fault: Fault) -> None:
        with self._lock:
            self._waiting.setdefault(method, []).append(fault)

    def mend(self, method: str | None = None) -> None:
        """Forget the faults of one method, or all; what hangs is served."""
        with self._lock:
            self._mended.set()
            self._mended = threading.Event()
            if method is None:
                self._waiting.clear()
            else:
                self._waiting.pop(method, None)

    def hang(self, seconds: float) -> None:
        """Waits so long, or until something is mended."""
        with self._lock:
            mended = self._mended
        mended.wait(seconds)

    def take(self, method: str) -> Fault | None:
        """The fault that this call meets, if any; one use is spent."""
        with self._lock:
            waiting = self._waiting.get(method)
            if not waiting:
                return None
            fault = waiting[0]
            if fault.times is not None:
                left = fault.times - 1
                waiting[:1] = (
                    [Fault(fault.how, fault.error, left, fault.retry_after, fault.seconds)] if left else []
                )
            return fault
