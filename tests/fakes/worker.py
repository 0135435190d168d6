"""A worker process with the fake recognizer: `python -m tests.fakes.worker ADDRESS SECONDS [unfit]`."""

from __future__ import annotations

import logging
import sys

from bot.wiring import open_source
from pipeline.jobs import Pace, work
from pipeline.patience import Patience
from pipeline.shared_indexing import SharedIndexing
from pipeline.store import Store
from tests.fakes.recognizer import FakeRecognizers, deadly, squares

BATCH = 8
PACE = Pace(heartbeat=0.3, stalled=1.5, look=0.1, again=1.0)
PATIENCE = Patience(first=0.2, longest=1.0, whole=60.0, fresh=2.0)


def main(url: str, seconds: str, unfit: str = "") -> None:
    """Works until SIGTERM; an unfit one lacks the recognizer that others have."""
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    with Store.open(url) as store:
        recognizers = FakeRecognizers(squares("another") if unfit else deadly(float(seconds)))
        work(store, SharedIndexing(store, recognizers, open_source, batch=BATCH, patience=PATIENCE), PACE)


if __name__ == "__main__":
    main(*sys.argv[1:])
