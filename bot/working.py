"""`findme worker`, and the worker of `findme serve`: processes that do the queue's jobs."""

from __future__ import annotations

import logging
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from bot import console
from bot.housekeeping import every_hour, old_archives
from bot.reach import Reach, guarded
from bot.settings import Settings, load_settings
from bot.signals import stop_signals
from bot.wiring import keeper, open_store, recognizers, source_opener
from pipeline.crew import Crew, leave_with_parent
from pipeline.errors import FindMeError
from pipeline.processor import processors

COMMAND = (sys.executable, "-m", "bot.working")
"""What one worker process runs; the settings come from the environment and .env, as ours do."""


MOST_OWN = 4
"""Worker processes beside the bot; each keeps its models in memory. `findme worker` runs more."""


def default_processes() -> int:
    """One a processor that this process may use: each has one thread of arithmetic."""
    return processors()


def run_workers(settings: Settings, processes: int) -> None:
    """Keeps so many worker processes running until SIGTERM or Ctrl-C.

    Raises UnknownRecognizer, DatabaseUnavailable.
    """
    recognizers(settings)
    # Open for as long as they work: the embedded database then runs before the first and after the last.
    with (
        open_store(settings),
        _asked_to_stop() as stop,
        every_hour([old_archives(settings)]),
        Crew(COMMAND, processes),
    ):
        console.note(f"{processes} worker processes wait for jobs. Ctrl-C stops them.")
        stop.wait()


def own_workers() -> Crew:
    """The worker processes of the bot's own: few, since a processor is left for those who search."""
    return Crew(COMMAND, min(MOST_OWN, max(1, default_processes() - 1)))


def main() -> None:
    """One worker process."""
    # Imported here: whoever only starts processes needs none of it.
    from pipeline.jobs import work
    from pipeline.shared_indexing import SharedIndexing

    logging.basicConfig(
        level=logging.WARNING,
        format="%(asctime)s %(levelname)s worker %(process)d %(name)s: %(message)s",
        stream=sys.stderr,
    )
    for chatty in ("psycopg.pool", "procrastinate"):  # what they report, the jobs report better
        logging.getLogger(chatty).setLevel(logging.CRITICAL)
    leave_with_parent()
    settings = load_settings()
    registry = recognizers(settings)
    with open_store(settings) as store:
        registry.warm()
        opener = guarded(source_opener(settings), Reach.of(settings))
        kept = keeper(settings)
        kept.mark()
        work(store, SharedIndexing(store, registry, opener, keeper=kept))


@contextmanager
def _asked_to_stop() -> Iterator[threading.Event]:
    """Set by the first SIGTERM or Ctrl-C."""
    stop = threading.Event()

    def ask(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    with stop_signals(ask):
        yield stop


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # until jobs are done, with handlers of their own
    try:
        main()
    except FindMeError as error:
        console.note(str(error))
        sys.exit(1)
