"""One message that follows an indexing run: updated at most every few seconds, and sure to say how it
ended."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass
from typing import Any

from slack_sdk.errors import SlackApiError

from bot import words
from bot.errors import CannotPost
from bot.replies import blocks, failures, indexing
from bot.replies.blocks import Message
from bot.replies.standing import StandingMessage
from bot.replies.threads import FAILED, Messenger
from bot.runs import Running
from bot.slack.brief import brief
from bot.slack.client import asked_to_wait
from bot.slack.conversation import Conversation
from pipeline.types import EventKey, IndexReport

log = logging.getLogger(__name__)

INTERVAL = 3.0  # seconds between updates, at least
LONGEST_PAUSE = 300.0  # seconds between tries while Slack does not take the message
GIVE_UP_SECONDS = 24 * 3600.0  # of trying to say how it ended
LEAVE_SECONDS = 10.0  # that what is being said may take when the bot stops


@dataclass(frozen=True, slots=True)
class _Ending:
    """How it ended."""

    message: Message
    listing: str = ""  # of all failed photos, a text file for the thread
    listed: Message | None = None  # the message once that file is there; None = there is none


class ProgressMessage:
    """Follows one run. A thread of its own talks to Slack, so that a slow Slack does not slow the
    indexing; what Slack does not take is tried again."""

    def __init__(self, messenger: Messenger, to: Conversation, slug: str) -> None:
        self._messenger = messenger
        self._to = to
        self._slug = slug
        self._standing = StandingMessage(messenger, to)
        self._changed = threading.Condition()
        self._latest: Running | None = None
        self._shown: Running | None = None
        self._ending: _Ending | None = None
        self._left = False
        self._told = threading.Event()
        self._due = 0.0  # on the monotonic clock: nothing is said before
        self._failing: float | None = None  # since when Slack takes nothing
        self._thread = threading.Thread(target=self._follow, name=f"progress-{slug}", daemon=True)

    @classmethod
    def resumed(cls, messenger: Messenger, key: EventKey, address: dict[str, Any]) -> ProgressMessage:
        """The message that another process posted; one that it did not come to is posted."""
        to = Conversation(key.team, str(address.get("asked_in")), str(address.get("user")))
        message = cls(messenger, to, key.slug)
        message._standing = StandingMessage.at(messenger, to, address)
        return message

    @property
    def told(self) -> bool:
        """Has it been said how the run ended, or been tried for so long that nobody will hear of it?"""
        return self._told.is_set()

    def start(self) -> None:
        """Begins to follow; the first progress posts the message."""
        with self._changed:
            if self._thread.ident is None:
                self._thread.start()

    def address(self) -> dict[str, Any]:
        """Where the message is, for `resumed`."""
        return {"asked_in": self._to.channel, "user": self._to.user, **self._standing.address()}

    def leave(self) -> None:
        """Stops following. How it ended is still said, unless Slack did not take that before."""
        with self._changed:
            self._left = True
            self._changed.notify_all()
        if self._thread.ident is not None:
            self._thread.join(LEAVE_SECONDS)

    def progress(self, run: Running) -> None:
        """Takes note; returns at once."""
        with self._changed:
            self._latest = run
            self._changed.notify_all()

    def finish(self, report: IndexReport) -> None:
        """Has the message replaced by the final report, with the full list of failures in its thread if
        long."""
        channel = self._to.channel
        message = indexing.report(report, channel)
        if len(report.failed) <= failures.MOST_NAMED:
            self._end(_Ending(message))
            return
        listing = failures.full_list(report.event, report.failed)
        self._end(_Ending(message, listing, indexing.report(report, channel, listed=True)))

    def fail(self, sentence: str) -> None:
        """Has the message replaced by what went wrong, in Slack's markup."""
        self._end(_Ending(blocks.message(f"*{words.escape(self._slug)}* is not complete. {sentence}")))

    def _end(self, ending: _Ending) -> None:
        self.start()
        with self._changed:
            self._ending = ending
            self._changed.notify_all()

    def _follow(self) -> None:
        """Says what there is to say, as often as Slack takes it, until it is said how it ended."""
        while not self.told and self._await_turn():
            try:
                self._say()
            except (CannotPost, *FAILED) as error:
                self._back_off(error)
            except Exception as error:  # the outcome must not be lost with the thread
                log.exception("telling of %s failed in a way that nobody foresaw", self._slug)
                self._back_off(error)
            else:
                self._failing = None
                self._due = time.monotonic() + INTERVAL

    def _await_turn(self) -> bool:
        """Waits until something is to be said, and may be; False when nothing is to be said any more."""
        with self._changed:
            while not self._left or (self._ending is not None and self._failing is None):
                wait = self._due - time.monotonic()
                if wait <= 0 and (self._ending is not None or _differ(self._latest, self._shown)):
                    return True
                self._changed.wait(wait if wait > 0 else None)
        return False

    def _say(self) -> None:
        latest, ending = self._latest, self._ending
        if ending is not None:
            self._conclude(ending)
        elif latest is not None:
            self._standing.write(indexing.indexing(self._slug, self._to.user, latest))
            self._shown = latest

    def _conclude(self, ending: _Ending) -> None:
        self._standing.write(ending.message, last=True)
        if ending.listed and self._standing.attach(f"{self._slug}-failed.txt", ending.listing):
            time.sleep(INTERVAL)
            self._point_to_list(ending.listed)
        self._told.set()

    def _point_to_list(self, message: Message) -> None:
        try:
            self._standing.write(message)
        except (CannotPost, *FAILED) as error:
            log.warning("the report of %s does not point to its list: %s", self._slug, brief(error))
        except Exception:  # it is told: to tell it again would put the list there twice
            log.exception("the report of %s does not point to its list", self._slug)

    def _back_off(self, error: Exception) -> None:
        """Puts the next try off: the longer Slack has been in trouble, the longer, and as long as it asks."""
        now = time.monotonic()
        self._failing = now if self._failing is None else self._failing
        failing = now - self._failing
        if self._ending is not None and failing > GIVE_UP_SECONDS:
            log.error(
                "how %s ended could not be told for %.0f s, so it is not tried again", self._slug, failing
            )
            self._messenger.tell(self._to, self._ending.message.text)
            self._told.set()
            return
        pause = min(LONGEST_PAUSE, max(INTERVAL, failing / 4))
        if isinstance(error, SlackApiError):
            pause = max(pause, asked_to_wait(error))
        log.warning(
            "the message of %s is not written, next try in %.0f s: %s", self._slug, pause, brief(error)
        )
        self._due = now + pause


def _differ(run: Running | None, shown: Running | None) -> bool:
    """Is there something to tell but another speed?"""
    if run is None or shown is None:
        return run is not shown
    before, after = ((one.progress, one.speed is None, one.deserted, one.behind) for one in (shown, run))
    return before != after
