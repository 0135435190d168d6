"""Reads photos on several threads, which wait together for a source or a photo store that is away."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from pipeline.errors import PhotoStoreUnavailable, SourceAway
from pipeline.patience import Patience, is_away
from pipeline.ports import PhotoSource
from pipeline.reading import Outcome, Unread, storable
from pipeline.types import SourceEntry

log = logging.getLogger(__name__)

GIVEN_UP = "Nothing came for {:.0f} seconds, so I stopped. What is indexed is kept; run it again to continue."


class PatientReading:
    """Reads a photo, and again where the source does not answer. Safe to use from several threads."""

    def __init__(
        self,
        source: PhotoSource,
        read: Callable[[SourceEntry], Outcome],
        patience: Patience,
        stop: threading.Event,
    ) -> None:
        """`read` reads a photo of the source; when `stop` is set, nobody waits any longer."""
        self._source = source
        self._read = read
        self._patience = patience
        self._stop = stop
        self._lock = threading.Lock()
        self._since: float | None = None  # monotonic; there has been no answer since
        self._witness: SourceEntry | None = None  # the smallest photo that came

    def __call__(self, entry: SourceEntry) -> Outcome | None:
        """What came of a photo; None when it was asked to stop instead.

        A photo that does not come though others do is unread after some tries. Raises SourceAway and
        PhotoStoreUnavailable where nothing has come for too long.
        """
        faults = 0
        while True:
            try:
                outcome = self._read(entry)
            except PhotoStoreUnavailable as error:
                pause = self._pause(error)
            except SourceAway as error:
                if is_away(self._source, None if self._witness is None else self._witness.name):
                    pause = self._pause(error)
                else:
                    self._answered()
                    faults, pause = faults + 1, self._patience.first
                    if faults >= self._patience.faults:
                        return Unread(entry, storable(str(error)), silent=True)
            else:
                self._note(entry, outcome)
                return outcome
            if self._stop.wait(pause):
                return None

    def _note(self, entry: SourceEntry, outcome: Outcome) -> None:
        if isinstance(outcome, Unread):
            if not outcome.silent:
                self._answered()
            return
        self._answered()
        with self._lock:
            if self._witness is None or entry.size < self._witness.size:
                self._witness = entry

    def _answered(self) -> None:
        """Ends the waiting: whatever is away from now on has been so from now on."""
        with self._lock:
            if self._since is not None:
                log.warning("%s answers again", self._source.uri)
            self._since = None

    def _pause(self, error: SourceAway | PhotoStoreUnavailable) -> float:
        """How long to wait now. Raises the error where that was long enough."""
        with self._lock:
            now = time.monotonic()
            if self._since is None:
                self._since = now
                log.warning("%s I wait and try again, for up to %.0f s.", error, self._patience.whole)
            seconds = now - self._since
        if seconds >= self._patience.whole:
            raise type(error)(f"{error} {GIVEN_UP.format(seconds)}") from error
        return self._patience.pause(seconds)
