"""The workspace's memory: everything under one lock, with a bell that rings at each change."""

from __future__ import annotations

import itertools
import secrets
import string
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, TypeVar

from bot.playground.model import Channel, Kind, Message, Person, StoredFile, View

T = TypeVar("T")
_ALPHABET = string.ascii_uppercase + string.digits


class Workspace:
    """People, conversations, messages, files and views. Every method may be called from any thread."""

    def __init__(self) -> None:
        self._changed = threading.Condition(threading.RLock())
        self._people: dict[str, Person] = {}
        self._channels: dict[str, Channel] = {}
        self._messages: dict[str, list[Message]] = {}
        self._files: dict[str, StoredFile] = {}
        self._views: dict[str, View] = {}
        self._last_ts = 0
        self._version = 0
        self._ids = itertools.count(1)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Several reads and writes as one."""
        with self._changed:
            yield

    @property
    def version(self) -> int:
        """Grows with each change."""
        with self._changed:
            return self._version

    def _ring(self) -> None:
        self._version += 1
        self._changed.notify_all()

    def touch(self) -> None:
        """Wake whoever waits, after a change outside of this class."""
        with self._changed:
            self._ring()

    def wait_for(self, predicate: Callable[[], T], timeout: float) -> T:
        """The predicate's first true value, or its last one when the time is over; asked at each change."""
        with self._changed:
            return self._changed.wait_for(predicate, timeout)

    def new_id(self, prefix: str) -> str:
        """An id of Slack's look, never given twice."""
        with self._changed:
            return f"{prefix}{next(self._ids):04d}" + "".join(secrets.choice(_ALPHABET) for _ in range(5))

    def new_ts(self) -> str:
        """The next message's timestamp: now, and later than all before."""
        with self._changed:
            self._last_ts = max(self._last_ts + 1, time.time_ns() // 1000)
            return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    # People

    def save_person(self, person: Person) -> Person:
        with self._changed:
            self._people[person.id] = person
            self._ring()
        return person

    def person(self, user: str) -> Person | None:
        with self._changed:
            return self._people.get(user)

    def people(self) -> list[Person]:
        with self._changed:
            return list(self._people.values())

    # Conversations

    def save_channel(self, channel: Channel) -> Channel:
        with self._changed:
            self._channels[channel.id] = channel
            self._messages.setdefault(channel.id, [])
            self._ring()
        return channel

    def channel(self, channel: str) -> Channel | None:
        with self._changed:
            return self._channels.get(channel)

    def channels(self) -> list[Channel]:
        with self._changed:
            return list(self._channels.values())

    def conversation_of(self, members: frozenset[str]) -> Channel:
        """The DM or group DM of exactly these people, opened if it is not there yet."""
        kind = Kind.DM if len(members) <= 2 else Kind.GROUP_DM
        with self._changed:
            for channel in self._channels.values():
                if channel.kind is kind and channel.members == members:
                    return channel
            name = "" if kind is Kind.DM else "mpdm-" + "--".join(sorted(members)).lower() + "-1"
            prefix = "D" if kind is Kind.DM else "C"
            return self.save_channel(Channel(self.new_id(prefix), name, kind, members))

    def join(self, channel: str, user: str) -> Channel:
        with self._changed:
            known = self._channels[channel]
            return self.save_channel(replace(known, members=known.members | {user}))

    def leave(self, channel: str, user: str) -> Channel:
        with self._changed:
            known = self._channels[channel]
            return self.save_channel(replace(known, members=known.members - {user}))

    # Messages

    def post(self, channel: str, user: str, text: str, **fields: Any) -> Message:
        """Adds a message; `fields` are those of Message. Files become shared by it."""
        with self._changed:
            message = Message(channel, self.new_ts(), user, text, **fields)
            self._messages[channel].append(message)
            for file_id in message.files:
                file = self._files[file_id]
                self._files[file_id] = replace(file, shares=(*file.shares, (channel, message.ts)))
            self._ring()
            return message

    def save_message(self, message: Message) -> Message:
        """Puts `message` in the place of the one with its ts."""
        with self._changed:
            messages = self._messages[message.channel]
            messages[:] = [message if old.ts == message.ts else old for old in messages]
            self._ring()
        return message

    def unshare(self, file_id: str, message: Message) -> bool:
        """Takes a message from those that show a file; whether others still do. The last one stays noted."""
        with self._changed:
            file = self._files[file_id]
            left = tuple(share for share in file.shares if share != (message.channel, message.ts))
            if left:
                self._files[file_id] = replace(file, shares=left)
            return bool(left)

    def remove_message(self, channel: str, ts: str) -> None:
        with self._changed:
            self._messages[channel] = [m for m in self._messages[channel] if m.ts != ts]
            self._ring()

    def message(self, channel: str, ts: str) -> Message | None:
        with self._changed:
            return next((m for m in self._messages.get(channel, []) if m.ts == ts), None)

    def messages(self, channel: str) -> list[Message]:
        """Everything in that conversation, replies and ephemeral messages too, oldest first."""
        with self._changed:
            return list(self._messages.get(channel, []))

    def thread(self, channel: str, ts: str) -> list[Message]:
        """The parent and its replies, oldest first, ephemeral ones left out."""
        return [m for m in self.messages(channel) if ts in (m.ts, m.thread_ts) and m.visible_to is None]

    # Files and views

    def save_file(self, file: StoredFile) -> StoredFile:
        with self._changed:
            self._files[file.id] = file
            self._ring()
        return file

    def file(self, file_id: str) -> StoredFile | None:
        with self._changed:
            return self._files.get(file_id)

    def files(self) -> list[StoredFile]:
        """All files, oldest first."""
        with self._changed:
            return list(self._files.values())

    def save_view(self, view: View) -> View:
        with self._changed:
            self._views[view.id] = view
            self._ring()
        return view

    def view(self, view_id: str) -> View | None:
        with self._changed:
            return self._views.get(view_id)

    def views(self, user: str, type_: str) -> list[View]:
        """That person's views of one type ("home" or "modal"), oldest first."""
        with self._changed:
            return [v for v in self._views.values() if v.user == user and v.type == type_]

    def close_view(self, view_id: str) -> None:
        with self._changed:
            self._views.pop(view_id, None)
            self._ring()
