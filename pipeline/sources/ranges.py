"""Bytes by range: what an archive is read through, wherever it lies, and without keeping it open."""

from __future__ import annotations

import io
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


class RangeFile(io.RawIOBase):
    """A file object over ranges, for readers that want one; belongs to one thread."""

    def __init__(self, ranges: Ranges, most: int) -> None:
        """Asks for the file's size. After `most` bytes in all, reading raises SourceUnreachable."""
        self._ranges = ranges
        self._left = most
        self.size = ranges.size()  # in bytes
        self._position = 0

    def readable(self) -> bool:
        """Yes."""
        return True

    def seekable(self) -> bool:
        """Yes."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Moves to a place; returns it."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self.size}[whence]
        if base + offset < 0:
            raise OSError("a place before the beginning of the file")
        self._position = base + offset
        return self._position

    def tell(self) -> int:
        """The place."""
        return self._position

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # any writable buffer
        """Fills the buffer from the place on; how many bytes came."""
        wanted = max(0, min(len(buffer), self.size - self._position))
        if wanted > self._left:
            raise SourceUnreachable(f"{self._ranges.uri} lists more files than an event can hold. Split it.")
        data = self._ranges.read(self._position, wanted) if wanted else b""
        self._left -= len(data)
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)
