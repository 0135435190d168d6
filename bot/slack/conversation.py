"""Where somebody asked, and so where they are answered."""

from __future__ import annotations

from dataclasses import dataclass

from bot.policy import is_direct


@dataclass(frozen=True, slots=True)
class Conversation:
    """One request's way back to the person."""

    team: str  # workspace id; "" where Slack does not say
    channel: str  # conversation id: C..., G... or D...
    user: str  # who asks
    thread: str | None = None  # ts of the thread to answer in; slash commands have none
    bot: str | None = None  # the bot's own user id, to tell how to invite it
    group: bool = False  # a group direct message: apps cannot be invited to it
    response_url: str | None = None  # for private answers to a slash command: 5 uses in 30 minutes

    @property
    def direct(self) -> bool:
        """A one-to-one conversation: nobody but the asker reads the answer."""
        return is_direct(self.channel)

    @property
    def between_people(self) -> bool:
        """A conversation that apps cannot be invited to."""
        return self.direct or self.group

    @property
    def private(self) -> bool:
        """Are plain answers read by the asker alone?"""
        return self.direct or self.response_url is not None
