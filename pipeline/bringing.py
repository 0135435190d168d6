"""Sources that are fetched as a whole: brought to this machine before their photos are listed."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from pipeline.ports import FetchedSource, PhotoSource

EVERY_SECONDS = 1.0  # between two notes, at least


def bring(source: PhotoSource, note: Callable[[int, int], None]) -> None:
    """Fetches a source that is not read in place, unless it is here; any other stays where it is.

    note: hears now and then of the bytes that have come, and of how many there are. What it raises ends the
    fetching. Raises SourceUnreachable.
    """
    if not isinstance(source, FetchedSource):
        return
    noted = -math.inf

    def now_and_then(come: int, size: int) -> None:
        nonlocal noted
        if time.monotonic() - noted >= EVERY_SECONDS:
            noted = time.monotonic()
            note(come, size)

    source.fetch(now_and_then)
