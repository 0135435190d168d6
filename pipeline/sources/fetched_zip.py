"""The photos in a ZIP archive that is fetched to this machine as a whole before it is read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

from pipeline.errors import SourceUnreachable
from pipeline.sources.archive import ZipSource
from pipeline.sources.ranges import Ranges
from pipeline.types import SourceEntry


class FetchedRanges(Ranges, Protocol):
    """A file that is read from a copy on this machine."""

    @property
    def title(self) -> str:
        """What people call it."""
        ...

    def fetch(self, progress: Callable[[int, int], None]) -> object:
        """As FetchedSource.fetch."""
        ...


class FetchedZip(ZipSource):
    """Fills FetchedSource."""

    def __init__(self, archive: FetchedRanges) -> None:
        """Fetches nothing yet."""
        super().__init__(archive)
        self._copy = archive

    def fetch(self, progress: Callable[[int, int], None]) -> None:
        """As FetchedSource.fetch."""
        self._copy.fetch(progress)

    def entries(self) -> Iterator[SourceEntry]:
        """As ZipSource.entries; an error calls the archive as people do."""
        try:
            yield from super().entries()
        except SourceUnreachable as error:
            if self.uri not in str(error):
                raise
            raise type(error)(str(error).replace(self.uri, self._copy.title)) from error
