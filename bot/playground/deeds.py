"""What people do in a playground, the way tests and the demo say it; the app hears of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict, Unpack

from bot.playground.acts import Acts, NamedBytes, Sent
from bot.playground.deliveries import Ack
from bot.playground.furnishing import Furnishing
from bot.playground.lookout import Where, Who
from bot.playground.model import Json, Message, StoredFile, View
from bot.playground.services import Services


class Writing(TypedDict, total=False):
    """How a message is written."""

    thread_ts: str | None  # the parent's, for a reply
    times: int  # how often the event is delivered


class Deeds(Furnishing):
    """Turns whom and where into people and conversations, and has Acts do it."""

    acts: Acts
    services: Services

    def command(self, name: str, text: str = "", *, user: Who, channel: Where, times: int = 1) -> Ack:
        """Types a slash command and waits for its acknowledgement. times: how often it is delivered."""
        return self.acts.command(name, text, self.person(user), self.channel(channel), times=times)

    def say(
        self,
        user: Who,
        channel: Where,
        text: str = "",
        *,
        files: Sequence[NamedBytes] = (),
        **writing: Unpack[Writing],
    ) -> Sent:
        """Writes a message."""
        return self.acts.post(self.person(user), self.channel(channel), text, files=files, **writing)

    def mention(
        self,
        user: Who,
        channel: Where,
        text: str = "",
        files: Sequence[NamedBytes] = (),
        **writing: Unpack[Writing],
    ) -> Sent:
        """Writes a message that mentions the bot."""
        mention = f"<@{self.app.bot_user}>"
        text = text if mention in text else f"{mention} {text}".strip()
        return self.say(user, channel, text, files=files, **writing)

    def direct_message(
        self,
        user: Who,
        text: str = "",
        files: Sequence[NamedBytes] = (),
        **writing: Unpack[Writing],
    ) -> Sent:
        """Writes to the app in its DM."""
        return self.say(user, self.dm_with_bot(user), text, files=files, **writing)

    def edit(self, message: Message, text: str) -> Sent:
        """The author changes a message."""
        return self.acts.edit(message, text)

    def delete(self, message: Message) -> Sent:
        """The author deletes a message, and so its files."""
        return self.acts.delete(message)

    def delete_file(self, file: StoredFile) -> tuple[Ack, ...]:
        """The owner deletes a file."""
        return self.acts.delete_file(file)

    def join(self, user: Who, channel: Where) -> tuple[Ack, ...]:
        """Enters a channel; `join(playground.bot, ...)` is what /invite does."""
        return self.acts.join(self.person(user), self.channel(channel))

    def open_home(self, user: Who) -> tuple[Ack, ...]:
        """Opens the app's Home tab."""
        return self.acts.open_home(self.person(user))

    def click(
        self,
        user: Who,
        place: Message | View,
        action_id: str,
        *,
        value: str | None = None,
        state: Json | None = None,
    ) -> Ack:
        """Presses a button or picks an option."""
        return self.acts.click(self.person(user), place, action_id, value=value, state=state)

    def upload(self, user: Who, name: str, data: bytes) -> StoredFile:
        """Chooses a file for a form's field; its id goes into the values of `submit`."""
        return self.acts.upload(self.person(user), name, data)

    def submit(self, user: Who, view: View, values: Json | None = None) -> Ack:
        """Submits a modal; fields that are left out hold what they begin with."""
        return self.acts.submit(self.person(user), view, values or {})

    def event(self, event: Json, *, times: int = 1) -> tuple[Ack, ...]:
        """Delivers any event, subscribed or not."""
        return self.services.events.deliver(event, times=times)
