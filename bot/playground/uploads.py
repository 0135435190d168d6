"""Uploads in three steps: a slot, the bytes, the completion; the share appears a little later."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from bot.playground.errors import SlackRefusal
from bot.playground.model import AppIdentity, Json, Message, StoredFile
from bot.playground.workspace import Workspace

MAX_FILES = 10  # more than this in one completion fails with internal_error on Slack's side
MAX_ALT_TEXT = 1000
SHARE_SECONDS = 0.3  # how long a share takes to become visible


@dataclass(frozen=True)
class Slot:
    """An upload that was asked for; its bytes may have come."""

    file: str
    name: str
    length: int
    alt_text: str
    data: bytes | None = None
    completed: bool = False


@dataclass(frozen=True)
class Share:
    """Where completed files are to appear."""

    channel: str
    thread_ts: str | None = None
    text: str = ""
    blocks: tuple[Json, ...] = ()


class Uploads:
    """The slots between the steps, and the delay after the last one."""

    def __init__(self, workspace: Workspace, app: AppIdentity, announce: Callable[[Message], None]) -> None:
        self.share_seconds = SHARE_SECONDS
        self.drop_alt_text = False  # True: a share with alt text never appears, as some have reported
        self.lost_shares = 0  # so many of the next shares never appear
        self._workspace = workspace
        self._app = app
        self._announce = announce
        self._lock = threading.Lock()
        self._slots: dict[str, Slot] = {}  # by upload key
        self._timers: list[threading.Timer] = []
        self._closed = False

    def open_slot(self, name: str, length: int, alt_text: str) -> tuple[str, str]:
        """(upload key, file id)."""
        key, file_id = secrets.token_urlsafe(18), self._workspace.new_id("F")
        with self._lock:
            self._slots[key] = Slot(file_id, name, length, alt_text)
        return key, file_id

    def receive(self, key: str, data: bytes) -> int:
        """Takes the bytes and returns how many; they must be as many as were announced."""
        with self._lock:
            slot = self._slots.get(key)
            if slot is None:
                raise SlackRefusal("invalid_upload_url", status=404)
            if len(data) != slot.length:
                raise SlackRefusal("length_mismatch", status=400)
            self._slots[key] = replace(slot, data=data)
        return len(data)

    def complete(self, titles: Sequence[tuple[str, str]], share: Share | None) -> list[StoredFile]:
        """Turns slots (file id, title) into files; without `share` they stay unshared."""
        if len(titles) > MAX_FILES:
            raise SlackRefusal("internal_error")
        files = [self._claim(file_id, title) for file_id, title in titles]
        for file in files:
            self._workspace.save_file(file)
        if self.share_seconds <= 0:
            self._finish(files, share)
            return files
        timer = threading.Timer(self.share_seconds, self._finish, (files, share))
        timer.daemon = True
        with self._lock:
            self._timers.append(timer)
        timer.start()
        return files

    def _claim(self, file_id: str, title: str) -> StoredFile:
        with self._lock:
            found = next(((k, s) for k, s in self._slots.items() if s.file == file_id), None)
            if found is None or found[1].data is None or found[1].completed:
                raise SlackRefusal("file_not_found")
            key, slot = found
            self._slots[key] = replace(slot, completed=True)
        return StoredFile(
            slot.file,
            slot.name,
            title or slot.name,
            self._app.bot_user,
            slot.data or b"",
            alt_text=slot.alt_text,
            created=int(time.time()),
        )

    def _finish(self, files: Sequence[StoredFile], share: Share | None) -> None:
        """The file has been looked at: it gets its type, and the message appears."""
        if self._closed:
            return
        for file in files:
            self._workspace.save_file(replace(file, mimetype=sniff(file.data, file.name)))
        if share is None or self._is_lost(files):
            return
        message = self._workspace.post(
            share.channel,
            self._app.bot_user,
            share.text,
            blocks=share.blocks,
            files=tuple(file.id for file in files),
            thread_ts=share.thread_ts,
        )
        self._announce(message)

    def _is_lost(self, files: Sequence[StoredFile]) -> bool:
        with self._lock:
            if self.lost_shares > 0:
                self.lost_shares -= 1
                return True
        return self.drop_alt_text and any(file.alt_text for file in files)

    def close(self) -> None:
        self._closed = True
        with self._lock:
            for timer in self._timers:
                timer.cancel()


_MAGIC = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF8", "image/gif"),
    (b"%PDF", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
)


def sniff(data: bytes, name: str) -> str:
    """The media type by magic bytes, else by name."""
    for magic, mimetype in _MAGIC:
        if data.startswith(magic):
            return mimetype
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    if data[4:12] in (b"ftypheic", b"ftypheix", b"ftypmif1"):
        return "image/heic"
    return "text/plain" if name.lower().endswith((".txt", ".log", ".csv")) else "application/octet-stream"
