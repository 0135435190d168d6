"""Upkeep of the database, beside the work: the approximate indexes that have come to pay."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from pipeline.errors import DatabaseUnavailable, EventBusy
from pipeline.store import Connection, Store, vector_index
from pipeline.store.vector_index import SpaceIndex

log = logging.getLogger(__name__)

_LOOK_SECONDS = 0.5


class _BuiltElsewhere(EventBusy):
    """Another process builds already."""


def make_due_indexes(store: Store, stop: threading.Event | None = None) -> list[str]:
    """Makes the indexes that pay and are not there; returns their spaces.

    Searches and indexing go on meanwhile. Setting `stop` breaks a build off, which leaves nothing that harms;
    the next call begins it anew. Raises DatabaseUnavailable.
    """
    with store.transaction() as connection:
        due = [index for index in vector_index.states(connection) if index.due]
    return [index.space for index in due if _made(store, index, stop or threading.Event())]


def _made(store: Store, index: SpaceIndex, stop: threading.Event) -> bool:
    started = time.monotonic()
    try:
        with store.locked(f"findme index of {index.space}", _BuiltElsewhere()) as connection:
            log.info("making the index over %d faces of %s", index.faces, index.space)
            with _breaking_off(connection, stop):
                vector_index.build(connection, index)
    except _BuiltElsewhere:
        return False
    except DatabaseUnavailable:
        if stop.is_set():
            return False
        raise
    log.info("the index of %s took %.0f s", index.space, time.monotonic() - started)
    return True


@contextmanager
def _breaking_off(connection: Connection, stop: threading.Event) -> Iterator[None]:
    """Cancels what the connection does once `stop` is set."""
    over = threading.Event()

    def watch() -> None:
        while not over.wait(_LOOK_SECONDS):
            if stop.is_set():
                connection.cancel_safe()
                return

    watcher = threading.Thread(target=watch, name="upkeep", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()
