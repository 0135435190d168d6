"""One message that stays where it is while what it says changes."""

from __future__ import annotations

import logging
from typing import Any

from slack_sdk.errors import SlackApiError

from bot.errors import CannotPost
from bot.replies.blocks import Message
from bot.replies.threads import Messenger
from bot.slack.brief import brief
from bot.slack.client import may_pass
from bot.slack.conversation import Conversation

log = logging.getLogger(__name__)


class StandingMessage:
    """Is posted once, by DM where the channel does not take it, and replaced from then on. For one thread."""

    def __init__(
        self, messenger: Messenger, to: Conversation, channel: str | None = None, ts: str | None = None
    ) -> None:
        """channel, ts: where it stands already."""
        self._messenger = messenger
        self._to = to
        self._channel = channel or to.channel
        self._ts = ts
        self._lost = ts == ""  # Slack named no ts, or somebody deleted it: it cannot be replaced

    @classmethod
    def at(cls, messenger: Messenger, to: Conversation, address: dict[str, Any]) -> StandingMessage:
        """The message that another process posted."""
        return cls(messenger, to, str(address.get("channel") or to.channel), address.get("ts"))

    def address(self) -> dict[str, Any]:
        """Where it is, for `at`."""
        return {"channel": self._channel, "ts": self._ts}

    def write(self, message: Message, *, last: bool = False) -> None:
        """Replaces the message, or posts it. One that is lost is posted anew for the `last` word only, which
        the person is told privately where nothing can be posted.

        Raises CannotPost, SlackApiError, and what SILENCE names: it is not written then.
        """
        if self._ts and not self._lost and self._replaced(message):
            return
        if self._ts is None or last:
            self._post(message, last)

    def attach(self, name: str, text: str) -> bool:
        """Puts a text file into its thread; whether it is there. Never raises."""
        return bool(self._ts) and self._messenger.attach(self._channel, str(self._ts), name, text)

    def _replaced(self, message: Message) -> bool:
        try:
            self._messenger.update(self._channel, str(self._ts), message)
        except SlackApiError as error:
            if may_pass(error):
                raise
            log.warning("the message %s of %s cannot be replaced: %s", self._ts, self._channel, brief(error))
            self._lost = True
            return False
        return True

    def _post(self, message: Message, last: bool) -> None:
        try:
            self._stands(self._channel, self._messenger.post(self._channel, message))
        except CannotPost as refusal:
            self._post_directly(message, refusal, last)

    def _post_directly(self, message: Message, refusal: CannotPost, last: bool) -> None:
        try:
            direct = self._messenger.open_direct(self._to.user)
            self._stands(direct, self._messenger.post(direct, message))
        except (CannotPost, SlackApiError) as error:
            if isinstance(error, SlackApiError) and may_pass(error):
                raise
            log.warning("neither the channel nor %s takes messages: %s", self._to.user, brief(error))
            if not (last and self._messenger.tell(self._to, message.text)):
                raise
            return
        self._messenger.tell(self._to, self._messenger.note_about_dm(self._to, refusal.code))

    def _stands(self, channel: str, ts: str) -> None:
        self._channel, self._ts, self._lost = channel, ts, not ts
