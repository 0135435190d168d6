"""A worker process with the fake recognizer: `python -m tests.fakes.worker ADDRESS SECONDS [unfit]`."""

from __future__ import annotations

import logging
import sys

from pipeline.jobs import Pace, work
from pipeline.patience import Patience
from pipeline.ports import PhotoSource
from pipeline.shared_indexing import SharedIndexing
from pipeline.sources.folder import FolderSource
from pipeline.store import Store
from tests.fakes.recognizer import FakeRecognizers, deadly, squares

BATCH = 8
PACE = Pace(heartbeat=0.3, stalled=1.5, look=0.1, again=1.0)
PATIENCE = Patience(first=0.2, longest=1.0, whole=60.0, fresh=2.0)


def open_source(address: str) -> PhotoSource:
    """Whatever FindMe reads; the drivers are imported for those who need them."""
    if "://" not in address:
        return FolderSource(address)
    from bot import wiring

    return wiring.open_source(address)


def main(url: str, seconds: str, unfit: str = "") -> None:
    """Works until SIGTERM; an unfit one lacks the recognizer that others have."""
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    with Store.open(url) as store:
        recognizers = FakeRecognizers(squares("another") if unfit else deadly(float(seconds)))
        work(store, SharedIndexing(store, recognizers, open_source, batch=BATCH, patience=PATIENCE), PACE)


if __name__ == "__main__":
    main(*sys.argv[1:])
