"""Work that outlives an acknowledgement: a bounded pool of threads of our own.

Bolt's own five threads only acknowledge. With searches on them, the sixth person at once would get Slack's
time-out.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from slack_sdk.errors import SlackApiError

from bot import words
from bot.errors import Refused
from bot.slack.brief import brief
from bot.slack.client import SILENCE, error_code, is_outage
from pipeline.errors import FindMeError

log = logging.getLogger(__name__)

THREADS = 8
LONGEST_QUEUE = 64  # waiting jobs beyond which a person is better told to come back

Tell = Callable[[str], object]


class Background:
    """Runs jobs; whatever goes wrong in one is told to its person, and logged: with a traceback where nobody
    foresaw it."""

    def __init__(
        self,
        threads: int = THREADS,
        longest_queue: int = LONGEST_QUEUE,
        *,
        lengthy: Background | None = None,
        prompt: Background | None = None,
    ) -> None:
        """lengthy: a pool for what may take minutes; prompt: one for what must not wait; None: this one."""
        self.lengthy = lengthy or self
        self.prompt = prompt or self
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="findme")
        self._most = threads + longest_queue
        self._open = 0
        self._lock = threading.Lock()
        self._closing = threading.Event()

    @property
    def busy(self) -> bool:
        """Is the queue so long that a new job would wait for minutes?"""
        with self._lock:
            return self._open >= self._most

    @property
    def idle(self) -> bool:
        """Is nothing running, and nothing waiting?"""
        with self._lock:
            idle = self._open == 0
        return idle and all(pool.idle for pool in self._others())

    def submit(self, job: Callable[[], object], tell: Tell) -> None:
        """Runs `job` on a thread of the pool; `tell` says a sentence to the person who asked."""
        with self._lock:
            self._open += 1
        try:
            self._pool.submit(self._run, job, tell)
        except RuntimeError:  # the pool is closing
            with self._lock:
                self._open -= 1
            tell(words.RESTARTING)

    def offer(self, job: Callable[[], object], tell: Tell) -> None:
        """The same, unless so much waits that the person had better ask again later, and is told so."""
        if self.busy:
            tell(words.BUSY)
        else:
            self.submit(job, tell)

    def close(self) -> None:
        """Lets the jobs that run finish; the people behind those that wait are told to ask again."""
        self._closing.set()
        for pool in self._others():
            pool.close()
        self._pool.shutdown(wait=True)

    def _others(self) -> list[Background]:
        return [pool for pool in (self.lengthy, self.prompt) if pool is not self]

    def _run(self, job: Callable[[], object], tell: Tell) -> None:
        try:
            sentence = words.RESTARTING if self._closing.is_set() else outcome(job)
            if sentence:
                tell(sentence)
        except Exception:  # a thread of the pool would keep it to itself
            log.exception("somebody could not be told how their request ended")
        finally:
            with self._lock:
                self._open -= 1


def outcome(job: Callable[[], object]) -> str:
    """Runs `job`; a sentence in Slack's markup when it failed, "" otherwise. Never raises."""
    try:
        job()
    except Refused as refusal:
        return str(refusal)
    except FindMeError as error:
        log.warning("answered with: %s", brief(error))
        return words.public(str(error))
    except SlackApiError as error:
        log.warning("Slack refused: %s", brief(error))
        if is_outage(error):
            return words.SLACK_SILENT
        return words.slack_refused(error_code(error))
    except SILENCE as error:
        log.warning("Slack did not answer: %s", brief(error))
        return words.SLACK_SILENT
    except Exception:  # a thread's last stop: the person must be told, and the process live on
        log.exception("a job failed in a way that nobody foresaw")
        return words.BROKEN
    return ""
