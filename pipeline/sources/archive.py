"""The photos in a ZIP archive, read where they are: nothing is unpacked to disk."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from pipeline.errors import NotThere, SourceAway, SourceUnreachable
from pipeline.sources.ranges import Ranges
from pipeline.sources.zip_directory import read_directory
from pipeline.sources.zip_entry import DamagedEntry, ZipEntry, photo_in
from pipeline.types import SourceEntry


class ZipSource:
    """The photos in a ZIP archive.

    Left out is what is left out in a folder. A photo that must not be read comes with a refusal: encrypted,
    shrunk as only bombs are, too large, with a name that leads out of the archive, or with a line in the
    directory that cannot be understood. Of several with one
    name the last counts, as it does for programs that unpack.

    The archive's directory is kept between reads. Should the archive have been replaced since, what is read
    by the old directory is not what that directory says, and the directory is read again.
    """

    def __init__(self, archive: Ranges) -> None:
        """Reads nothing yet."""
        self._archive = archive
        self._lock = threading.Lock()
        self._directory: dict[str, ZipEntry] | None = None

    @property
    def uri(self) -> str:
        """The archive's own address."""
        return self._archive.uri

    def entries(self) -> Iterator[SourceEntry]:
        """The photos, sorted by name. Raises SourceUnreachable when the archive cannot be read."""
        directory = self._read_directory()
        yield from (directory[name].entry for name in sorted(directory))

    def read(self, name: str) -> bytes:
        """The bytes of one photo; from several threads at once. Raises SourceUnreachable.

        An archive that is gone altogether is away: all its photos are gone with it.
        """
        try:
            return self._read(name)
        except NotThere as error:
            raise SourceAway(str(error)) from error

    def _read(self, name: str) -> bytes:
        known = self._known()
        damaged = None
        if name in known:
            try:
                return known[name].unpack(self._archive)
            except DamagedEntry as error:
                damaged = error
        now = self._read_directory()
        if damaged is not None and now == known:
            raise damaged
        if name not in now:
            raise SourceUnreachable(f"{name} is no longer in the archive.")
        return now[name].unpack(self._archive)

    def _known(self) -> dict[str, ZipEntry]:
        with self._lock:
            if self._directory is None:
                self._directory = _directory(self._archive)
            return self._directory

    def _read_directory(self) -> dict[str, ZipEntry]:
        with self._lock:
            self._directory = _directory(self._archive)
            return self._directory


def _directory(archive: Ranges) -> dict[str, ZipEntry]:
    lines, size = read_directory(archive)
    if sum(line.packed for line in lines) > size:
        raise SourceUnreachable(
            f"{archive.uri} claims to hold more than it has, as archives made to do harm do. It is not read."
        )
    photos = (photo_in(line) for line in lines)
    return {photo.entry.name: photo for photo in photos if photo is not None}
