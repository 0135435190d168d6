"""Runs that wait: for a source or a photo store that is away, or for a worker that has what they need."""

from __future__ import annotations

import logging

from pipeline.errors import FindMeError, Unfit
from pipeline.patience import Patience
from pipeline.reading import storable
from pipeline.store import Connection, Store, queue, troubles

log = logging.getLogger(__name__)

AGAIN = "That did not change for long. What is indexed is kept: index the event again to continue."


class Postponed(FindMeError):
    """A step is to be tried again after a while."""

    def __init__(self, message: str, seconds: float, *, unfit: bool = False) -> None:
        """unfit: only this process is in trouble; others may try at once, while it rests for so long."""
        super().__init__(message)
        self.seconds = seconds
        self.unfit = unfit


class Waiting:
    """Notes what runs wait for, and when somebody tries again."""

    def __init__(self, store: Store, patience: Patience) -> None:
        self._store = store
        self._patience = patience
        self._failing: set[int] = set()  # runs of which nothing has come here since a try failed

    def begin(self, connection: Connection, run_id: int) -> None:
        """A try begins. Raises Postponed where a worker has just tried in vain."""
        left = troubles.left(connection, run_id)
        if left > 0:
            raise Postponed(f"run {run_id} is in trouble", left)
        troubles.begin(connection, run_id)

    def went_well(self, run_id: int) -> None:
        """A photo of the run came."""
        self._failing.discard(run_id)

    def postpone(self, run_id: int, error: FindMeError) -> str | None:
        """Raises Postponed; or gives the reason to end the run, where nothing has come of it for long.

        Who fails again while others get on is taken to be unfit: its network, or its disks, are not theirs.
        """
        with self._store.transaction() as connection:
            trouble = troubles.note(connection, run_id, storable(str(error)))
            if trouble is None:
                return None
            alone = trouble.seconds == 0 and run_id in self._failing
            unfit = alone or isinstance(error, Unfit)
            self._failing.add(run_id)
            pause = self._patience.pause(trouble.seconds)
            if unfit:  # other workers do not have this one's trouble; other runs are not to wait for it
                queue.put_last(connection, run_id)
            else:
                troubles.wait(connection, run_id, pause)
        limit = self._patience.whole if trouble.listed else self._patience.fresh
        if trouble.seconds < limit:
            log.warning("run %d waits: %s", run_id, error)
            raise Postponed(str(error), pause, unfit=unfit) from error
        return f"{error} {AGAIN}" if trouble.listed else str(error)
