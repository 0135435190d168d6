"""SIGTERM and Ctrl-C, while something runs that wants to end in good order."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def stop_signals(answer: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Has `answer` called at each of them; afterwards all is as it was before."""
    before = {number: signal.signal(number, answer) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
