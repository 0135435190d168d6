"""What is tidied beside the work: at once, and then every hour."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from bot.settings import Settings
from bot.slack.uploaded_archive import UPLOADS, drop_stale

log = logging.getLogger(__name__)

EVERY_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Chore:
    """Something to do every hour."""

    failure: str  # what to say in the log when it fails: "no index could be made"
    work: Callable[[threading.Event], object]  # the event is set when it should end early


def old_archives(settings: Settings) -> Chore:
    """Drops the copies of uploaded archives that nobody needs any more; each machine has its own."""
    drop = partial(drop_stale, settings.data_dir / UPLOADS)
    return Chore("old copies of archives could not be dropped", lambda _: drop())


@contextmanager
def every_hour(chores: Sequence[Chore]) -> Iterator[None]:
    """Does the chores on a thread of its own, for as long as it lasts."""
    ended = threading.Event()

    def sweep() -> None:
        while not ended.is_set():
            for chore in chores:
                _attempt(chore, ended)
            ended.wait(EVERY_SECONDS)

    thread = threading.Thread(target=sweep, name="housekeeping", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _attempt(chore: Chore, ended: threading.Event) -> None:
    try:
        chore.work(ended)
    except Exception:  # whatever it is, the next hour's attempt must come
        log.exception("%s; next try in an hour", chore.failure)
