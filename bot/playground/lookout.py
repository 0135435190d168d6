"""What is to be seen of a playground: its conversations, its files, and what the app asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from bot.playground.deliveries import Ack, Deliveries, Envelope
from bot.playground.errors import PlaygroundError
from bot.playground.model import Channel, Json, Message, Person, StoredFile, View
from bot.playground.recording import RecordedRequest, Recorder
from bot.playground.workspace import Workspace

T = TypeVar("T")
Who = Person | str  # a person, an id, or a handle
Where = Channel | str  # a conversation, an id, or a name
Image = tuple[str, str, bytes]  # (file name, title, content)
PATIENCE_SECONDS = 90.0  # of wait_for: long enough for a slow machine, since only what fails takes it


class Lookout:
    """Reads, waits, and changes nothing."""

    workspace: Workspace
    deliveries: Deliveries
    _recorder: Recorder  # of Slack's host
    _cdn_recorder: Recorder  # of the avatars' host

    def person(self, who: Who) -> Person:
        """The person as of now, by id, by handle, or by an older copy."""
        key = who.id if isinstance(who, Person) else who
        found = self.workspace.person(key)
        found = found or next((p for p in self.workspace.people() if p.name == key), None)
        if found is None:
            raise PlaygroundError(f"Nobody here is called {key}: add_user first.")
        return found

    def channel(self, where: Where) -> Channel:
        """The conversation as of now, by id, by name, or by an older copy."""
        key = where.id if isinstance(where, Channel) else where
        found = self.workspace.channel(key)
        found = found or next(
            (c for c in self.workspace.channels() if key and c.name == key.lstrip("#")), None
        )
        if found is None:
            raise PlaygroundError(f"No conversation is called {key}: add_channel first.")
        return found

    def messages(self, channel: Where) -> list[Message]:
        """The conversation's top-level messages, oldest first, ephemeral ones left out."""
        found = self.workspace.messages(self.channel(channel).id)
        return [m for m in found if not m.is_reply and m.visible_to is None]

    def thread(self, channel: Where, ts: str) -> list[Message]:
        """The parent and its replies, oldest first."""
        return self.workspace.thread(self.channel(channel).id, ts)

    def ephemerals(self, user: Who, channel: Where | None = None) -> list[Message]:
        """What only that person sees, oldest first."""
        ids = [self.channel(channel).id] if channel is not None else [c.id for c in self.workspace.channels()]
        seen = (m for id_ in ids for m in self.workspace.messages(id_))
        return sorted((m for m in seen if m.visible_to == self.person(user).id), key=lambda m: m.ts)

    def files(self, message: Message) -> list[StoredFile]:
        """The files of a message."""
        found = (self.workspace.file(file_id) for file_id in message.files)
        return [file for file in found if file is not None and not file.deleted]

    def images(self, *messages: Message) -> list[Image]:
        """(name, title, bytes) of every file of these messages."""
        return [(f.name, f.title, f.data) for message in messages for f in self.files(message)]

    def home(self, user: Who) -> View | None:
        """The Home tab that the app has published for that person."""
        return next(iter(self.workspace.views(self.person(user).id, "home")), None)

    def modals(self, user: Who) -> list[View]:
        """The modals open before that person, the topmost last."""
        return self.workspace.views(self.person(user).id, "modal")

    def wait_for(self, predicate: Callable[[], T], timeout: float = PATIENCE_SECONDS) -> T:
        """The predicate's first true value. Raises TimeoutError when it stays false."""
        value = self.workspace.wait_for(predicate, timeout)
        if not value:
            raise TimeoutError(f"nothing of the kind came to be within {timeout:g} s")
        return value

    @property
    def requests(self) -> list[RecordedRequest]:
        """Every request to Slack's host, oldest first; the page's own are left out."""
        return self._recorder.all()

    @property
    def cdn_requests(self) -> list[RecordedRequest]:
        """Every request to the avatars' host."""
        return self._cdn_recorder.all()

    def calls(self, method: str) -> list[Json]:
        """The arguments of each call of a Web API method."""
        return [dict(r.args) for r in self.requests if r.api_method == method]

    @property
    def sent(self) -> list[tuple[Envelope, Ack]]:
        """Every delivery attempt so far, with the app's answer."""
        return self.deliveries.log()
