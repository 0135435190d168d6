"""A crew of worker processes, kept at its number: one that dies is replaced."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence

log = logging.getLogger(__name__)

# The photo in hand may be a large one; after this, the next worker begins it anew.
STOP_SECONDS = 60
# A process that lives shorter than this has hardly done anything: the next one waits the longer, the more
# often that happens.
SHORT_LIFE_SECONDS = 10
LONGEST_PAUSE_SECONDS = 30


class Crew:
    """Starts processes and replaces those that die, until it is closed.

    The processes are asked to stop by SIGTERM, and by the end of their standard input when this process
    itself is killed; see `leave_with_parent`.
    """

    def __init__(self, command: Sequence[str], processes: int) -> None:
        """Starts nothing yet. `command` is what a process runs."""
        self._command = list(command)
        self._closing = threading.Event()
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._keepers = [
            threading.Thread(target=self._keep, name=f"worker-{number}", daemon=True)
            for number in range(processes)
        ]

    def start(self) -> None:
        """Starts the processes, and returns at once."""
        for keeper in self._keepers:
            keeper.start()

    def close(self) -> None:
        """Asks the processes to stop, and waits until they have."""
        self._closing.set()
        self._signal(signal.SIGTERM)
        end = time.monotonic() + STOP_SECONDS
        for keeper in self._keepers:
            keeper.join(max(0.0, end - time.monotonic()))
        self._signal(signal.SIGKILL)
        for keeper in self._keepers:
            keeper.join()

    def pids(self) -> list[int]:
        """The processes that run."""
        with self._lock:
            return [process.pid for process in self._running]

    def __enter__(self) -> Crew:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _keep(self) -> None:
        short_lives = 0
        while (process := self._started()) is not None:
            began = time.monotonic()
            status = process.wait()
            with self._lock:
                self._running.discard(process)
            if process.stdin is not None:
                process.stdin.close()
            if self._closing.is_set():
                return
            short_lives = short_lives + 1 if time.monotonic() - began < SHORT_LIFE_SECONDS else 0
            log.warning("a worker ended (%s); another one takes its place", _cause(status))
            self._closing.wait(min(LONGEST_PAUSE_SECONDS, short_lives))

    def _started(self) -> subprocess.Popen[bytes] | None:
        """A new process, or None when there is to be no other."""
        failures = 0
        while True:
            try:
                return self._start_one()
            except OSError as error:  # no memory, no room for another process
                failures += 1
                log.error("a worker cannot be started, next try in a while: %s", error)
                self._closing.wait(min(LONGEST_PAUSE_SECONDS, failures))

    def _start_one(self) -> subprocess.Popen[bytes] | None:
        with self._lock:
            if self._closing.is_set():
                return None
            # A session of its own: Ctrl-C is for us, who then ask the processes one after the other.
            process = subprocess.Popen(self._command, stdin=subprocess.PIPE, start_new_session=True)
            self._running.add(process)
            return process

    def _signal(self, number: signal.Signals) -> None:
        with self._lock:
            for process in self._running:
                process.send_signal(number)


def leave_with_parent() -> None:
    """Makes this process stop in good order when the one that started it is gone, however it went."""

    def watch() -> None:
        while os.read(sys.stdin.fileno(), 1):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="parent", daemon=True).start()


def _cause(status: int) -> str:
    return f"signal {-status}" if status < 0 else f"exit status {status}"
