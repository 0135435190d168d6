"""One message that follows the fetching of an archive, where that takes its time."""

from __future__ import annotations

import logging
import time

from bot import words
from bot.errors import CannotPost
from bot.replies import blocks
from bot.replies.threads import FAILED, Messenger
from bot.slack.conversation import Conversation

log = logging.getLogger(__name__)

INTERVAL = 3.0  # seconds between updates, at least; what is fetched sooner has no message


class FetchingMessage:
    """Follows one download."""

    def __init__(self, messenger: Messenger, to: Conversation, name: str) -> None:
        self._messenger = messenger
        self._to = to
        self._name = name
        self._said = time.monotonic()
        self._ts: str | None = None

    def progress(self, come: int, size: int) -> None:
        """So many bytes of so many have come."""
        if come < size and time.monotonic() - self._said >= INTERVAL:
            self._say(words.fetching(self._name, come, size))

    def finish(self) -> None:
        """All of it has come."""
        if self._ts:
            self._say(words.fetched(self._name))

    def _say(self, text: str) -> None:
        self._said = time.monotonic()
        message = blocks.message(text)
        try:
            if self._ts:
                self._messenger.update(self._to.channel, self._ts, message)
            else:
                self._ts = self._messenger.post(self._to.channel, message)
        except (CannotPost, *FAILED) as error:
            log.info("nobody is told how far the archive is: %s", error)
