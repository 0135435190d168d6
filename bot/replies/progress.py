"""One message that follows an indexing run: posted at once, updated at most every few seconds."""

from __future__ import annotations

import logging
import threading
import time
from typing import Any

from bot import words
from bot.errors import CannotPost
from bot.pace import Pace
from bot.replies import blocks, failures, indexing
from bot.replies.blocks import Message
from bot.replies.threads import FAILED, Messenger
from bot.slack.conversation import Conversation
from pipeline.types import EventKey, IndexReport, Progress

log = logging.getLogger(__name__)

INTERVAL = 3.0  # seconds between updates, at least


class ProgressMessage:
    """Follows one run. A thread of its own talks to Slack, so that a slow Slack does not slow the
    indexing."""

    def __init__(self, messenger: Messenger, to: Conversation, slug: str) -> None:
        self._messenger = messenger
        self._to = to
        self._slug = slug
        self._latest: Progress | None = None
        self._shown: Progress | None = None
        self._pace = Pace()
        self._updated = 0.0  # on the monotonic clock
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._follow, name=f"progress-{slug}", daemon=True)
        self._channel = to.channel
        self._ts: str | None = None

    @classmethod
    def resumed(cls, messenger: Messenger, key: EventKey, address: dict[str, Any]) -> ProgressMessage:
        """The message that another process posted; one that it did not come to is posted."""
        to = Conversation(key.team, str(address.get("asked_in")), str(address.get("user")))
        message = cls(messenger, to, key.slug)
        message._channel = str(address.get("channel"))
        message._ts = address.get("ts")
        return message

    def start(self) -> None:
        """Posts the message, by DM where the channel does not take it, and begins to follow."""
        if self._ts is None:
            try:
                self._post(indexing.indexing(self._slug, self._to.user, None))
            except (CannotPost, *FAILED):
                log.exception("the progress of %s has no message", self._slug)
        self._thread.start()

    def address(self) -> dict[str, Any]:
        """Where the message is, for `resumed`."""
        return {
            "asked_in": self._to.channel,
            "user": self._to.user,
            "channel": self._channel,
            "ts": self._ts,
        }

    def leave(self) -> None:
        """Stops updating; the message stays as it is."""
        self._ended.set()
        if self._thread.ident is not None:
            self._thread.join()

    def progress(self, progress: Progress) -> None:
        """Takes note; returns at once."""
        if progress.total:
            self._pace.note(progress)
        self._latest = progress

    def finish(self, report: IndexReport) -> None:
        """Replaces the message by the final report, with the full list of failures in its thread if long."""
        self._end(indexing.report(report))
        if len(report.failed) > failures.MOST_NAMED and self._ts:
            listing = failures.full_list(report.event, report.failed)
            self._messenger.attach(self._channel, self._ts, f"{report.event}-failed.txt", listing)

    def fail(self, sentence: str) -> None:
        """Replaces the message by what went wrong, in Slack's markup."""
        self._end(blocks.message(f"*{words.escape(self._slug)}* is not complete. {sentence}"))

    def _post(self, message: Message) -> None:
        try:
            self._ts = self._messenger.post(self._channel, message)
        except CannotPost as refusal:
            self._channel = self._messenger.open_direct(self._to.user)
            try:
                self._ts = self._messenger.post(self._channel, message)
            except CannotPost:
                log.exception("neither the channel nor %s takes messages", self._to.user)
                return
            self._messenger.tell(self._to, self._messenger.note_about_dm(self._to, refusal.code))

    def _follow(self) -> None:
        while not self._ended.wait(INTERVAL):
            latest = self._latest
            if latest is not None and latest != self._shown and self._ts:
                self._shown = latest
                self._update(indexing.indexing(self._slug, self._to.user, latest, self._pace.speed))

    def _update(self, message: Message) -> bool:
        if not self._ts:
            return False
        try:
            self._messenger.update(self._channel, self._ts, message)
            self._updated = time.monotonic()
        except FAILED as error:
            log.warning("the progress message of %s was not updated: %s", self._slug, error)
            return False
        return True

    def _end(self, message: Message) -> None:
        self.leave()
        time.sleep(max(0.0, self._updated + INTERVAL - time.monotonic()))
        if self._update(message):
            return
        try:
            self._ts = self._messenger.post(self._channel, message)
        except (CannotPost, *FAILED):
            log.exception("the outcome of %s could not be posted", self._slug)
            self._messenger.tell(self._to, message.text)
