"""A worker process with the fake recognizer: `python -m tests.fakes.worker ADDRESS SECONDS_A_PHOTO`."""

from __future__ import annotations

import logging
import sys

from pipeline.jobs import Pace, work
from pipeline.shared_indexing import SharedIndexing
from pipeline.sources.folder import FolderSource
from pipeline.store import Store
from tests.fakes.recognizer import FakeRecognizers, deadly

BATCH = 8
PACE = Pace(heartbeat=0.3, stalled=1.5, look=0.1, again=1.0)


def main(url: str, seconds: str) -> None:
    """Works until SIGTERM."""
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    with Store.open(url) as store:
        recognizers = FakeRecognizers(deadly(float(seconds)))
        work(store, SharedIndexing(store, recognizers, FolderSource, batch=BATCH), PACE)


if __name__ == "__main__":
    main(*sys.argv[1:])
