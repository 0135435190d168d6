"""Patience with a source, or a photo store, that does not answer: how long to wait, and for whom."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from pipeline.errors import SourceAway
from pipeline.ports import PhotoSource

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait; all but the last in seconds."""

    first: float = 5.0  # until the first new try; then longer and longer
    longest: float = 60.0  # between two tries
    whole: float = 1800.0  # without any success, after which an end is made
    fresh: float = 20.0  # the same for a source that never answered: its address may be wrong
    faults: int = 3  # tries of one photo that does not come though others do

    def pause(self, seconds: float) -> float:
        """Until the next try, when nothing came for so long."""
        return min(self.longest, max(self.first, seconds / 2))


BRIEF = Patience(first=2.0, longest=15.0, whole=90.0)
"""Where somebody looks on, and can begin again."""


def is_away(source: PhotoSource, witness: str | None) -> bool:
    """Whether a source gives nothing at all, where one photo did not come.

    `witness` is a photo that it gave before; None: there is none, and the source is taken to be away.
    """
    if witness is None:
        return True
    try:
        source.read(witness)
    except SourceAway:
        return True
    except Exception:  # whatever it says, it is there to say so
        log.info("%s was to be read again from %s", witness, source.uri, exc_info=True)
    return False
