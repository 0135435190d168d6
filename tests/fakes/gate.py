"""A folder whose photos wait until a test lets them through."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

from pipeline.sources.folder import FolderSource
from pipeline.types import SourceEntry

LONGEST_SECONDS = 120


class Gate:
    """Fills PhotoSource; lists its photos when `open` is set."""

    def __init__(self, folder: Path) -> None:
        self._folder = FolderSource(folder)
        self.open = threading.Event()
        self.uri = self._folder.uri
        self.read = self._folder.read

    def entries(self) -> Iterator[SourceEntry]:
        """The folder's photos, once the gate is open."""
        assert self.open.wait(LONGEST_SECONDS)
        return self._folder.entries()
