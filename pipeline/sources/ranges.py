"""Bytes by range: what an archive is read through, wherever it lies, and without keeping it open."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Protocol

from pipeline.errors import NotThere, SourceAway, SourceUnreachable
from pipeline.sources.outages import is_outage


class Ranges(Protocol):
    """A file of which any part can be read. Safe to use from several threads at once."""

    @property
    def uri(self) -> str:
        """Where the file is, such that it can be opened again from it."""
        ...

    def size(self) -> int:
        """Its length in bytes, now. Raises SourceUnreachable."""
        ...

    def read(self, start: int, length: int) -> bytes:
        """The bytes from `start`: `length` of them, or fewer at the file's end. Raises SourceUnreachable."""
        ...


class LocalRanges:
    """A file on this machine, opened anew for every range: threads share nothing, nothing stays open."""

    def __init__(self, path: Path | str) -> None:
        """Opens nothing yet."""
        self._path = Path(os.path.realpath(path))

    @property
    def uri(self) -> str:
        """The absolute path, links resolved."""
        return str(self._path)

    def size(self) -> int:
        """As Ranges.size."""
        try:
            self.uri.encode()
            return self._path.stat().st_size
        except UnicodeEncodeError as error:
            raise SourceUnreachable("The archive's path is not valid UTF-8. Rename it.") from error
        except OSError as error:
            raise self._unreachable(error) from error

    def read(self, start: int, length: int) -> bytes:
        """As Ranges.read."""
        try:
            with self._path.open("rb", buffering=0) as file:
                file.seek(start)
                parts = []
                while length > 0 and (part := file.read(length)):
                    parts.append(part)
                    length -= len(part)
                return b"".join(parts)
        except OSError as error:
            raise self._unreachable(error) from error

    def _unreachable(self, error: OSError) -> SourceUnreachable:
        if isinstance(error, FileNotFoundError):
            return NotThere(f"There is no file {self._path}. Check the path, and that its disk is there.")
        kind = SourceAway if is_outage(error) else SourceUnreachable
        return kind(
            f"{self._path} cannot be read: {error.strerror or 'unknown error'}. Check its permissions."
        )
