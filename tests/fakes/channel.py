"""A Slack channel as a source, in memory; it counts what is asked of Slack."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from pipeline.errors import SourceUnreachable
from pipeline.types import SourceEntry

URI = "slack://T1/C1"


class FakeChannel:
    """Photos by name, such as `F1/one.png`; a message is a list of names under "files"."""

    def __init__(self, photos: Mapping[str, bytes], uri: str = URI) -> None:
        self.uri = uri
        self.photos = dict(photos)
        self.asked = 0  # how often Slack was asked for entries
        self.shown_elsewhere: set[str] = set()  # ids of files that other messages show, too
        self.read_names: list[str] = []
        self.before_reading: Callable[[str], object] = lambda _: None

    def entries(self) -> Iterator[SourceEntry]:
        return iter([self._entry(name) for name in self.photos])

    def entries_of(self, message: Mapping[str, Any]) -> list[SourceEntry]:
        self.asked += 1
        return [self._entry(name) for name in message["files"]]

    def entries_since(self, _moment: datetime) -> list[SourceEntry]:
        self.asked += 1
        return list(self.entries())

    def unshared(self, files: Iterable[str], _deleted: str) -> list[str]:
        self.asked += 1
        return [file for file in files if file not in self.shown_elsewhere]

    def read(self, name: str) -> bytes:
        self.read_names.append(name)
        self.before_reading(name)
        if name not in self.photos:
            raise SourceUnreachable(f"{name} is no longer in the channel.")
        return self.photos[name]

    def _entry(self, name: str) -> SourceEntry:
        size = len(self.photos[name])
        return SourceEntry(name, size, f"{size}")
