"""Photos behind an fsspec URL: a bucket, a prefix of one, a folder on another machine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from pipeline.errors import NotThere, SourceAway, SourceUnreachable
from pipeline.images import is_photo_name
from pipeline.sources.place import Place
from pipeline.sources.rubbish import STORE_MARK, left_out, store_as_source
from pipeline.types import SourceEntry

# What drivers call what changes with a file's content; the first that is given counts.
_CHANGES = ("ETag", "etag", "md5Hash", "mtime", "LastModified", "updated", "created")


class RemoteSource:
    """The photos under an fsspec URL and in the folders below; left out is what is left out in a folder."""

    def __init__(self, place: Place) -> None:
        """Connects to nothing yet."""
        self._place = place

    @property
    def uri(self) -> str:
        """The address."""
        return self._place.uri

    def entries(self) -> Iterator[SourceEntry]:
        """The photos, folder by folder, each sorted by name; names are relative to the address.

        Raises SourceUnreachable when a folder cannot be listed: to leave a part out would look as if its
        photos had been deleted.
        """
        waiting = [""]
        while waiting:
            folder = waiting.pop()
            files, folders = self._listed(folder)
            if not folder and not files and not folders:
                self._require_folder()
            yield from files
            waiting.extend(reversed(folders))

    def read(self, name: str) -> bytes:
        """The bytes of one photo. Raises SourceUnreachable, also for names that lead out of the address."""
        if not name or any(part in ("", ".", "..") for part in name.split("/")):
            raise SourceUnreachable(f"{name!r} is no name of a photo in {self.uri}.")
        try:
            return self._place.read(name)
        except NotThere as error:
            self._require_rest()
            raise SourceUnreachable(f"{name} is no longer in {self.uri}.") from error

    def _require_rest(self) -> None:
        """Raises SourceAway where not one photo but all are gone, as they are when a disk is."""
        try:
            self._place.require()
        except NotThere as error:
            raise SourceAway(str(error)) from error

    def _listed(self, folder: str) -> tuple[list[SourceEntry], list[str]]:
        """The photos and the subfolders of one folder, each sorted."""
        try:
            listing = self._place.listing(folder)
        except NotThere:
            if not folder:
                raise
            self._require_rest()
            return [], []  # deleted while we walk
        if any(name.rpartition("/")[2] == STORE_MARK for name, _ in listing):
            if not folder:
                raise store_as_source(self.uri)
            return [], []
        files, folders = [], []
        for name, info in sorted(listing, key=lambda item: item[0]):
            part = name.rpartition("/")[2]
            if name == folder or not part or left_out(part) or info.get("islink"):
                continue
            if info["type"] == "directory":
                folders.append(name)
            elif info["type"] == "file" and is_photo_name(part):
                files.append(SourceEntry(name, int(info["size"] or 0), _fingerprint(info)))
        return files, folders

    def _require_folder(self) -> None:
        if self._place.info()["type"] != "directory":
            raise SourceUnreachable(f"{self.uri} is one file. Name the folder that holds the photos.")


class RemoteRanges:
    """A file behind an fsspec URL, read by ranges."""

    def __init__(self, place: Place) -> None:
        """Connects to nothing yet."""
        self._place = place
        self._size: int | None = None

    @property
    def uri(self) -> str:
        """The address."""
        return self._place.uri

    def size(self) -> int:
        """As Ranges.size."""
        info = self._place.info()
        if info["type"] != "file" or info["size"] is None:
            raise SourceUnreachable(
                f"{self.uri} is no file. Name a ZIP archive, or a folder that ends in '/'."
            )
        self._size = int(info["size"])
        return self._size

    def read(self, start: int, length: int) -> bytes:
        """As Ranges.read; nothing is asked for behind the end that `size` last saw."""
        size = self.size() if self._size is None else self._size
        end = min(start + length, size)
        if start >= end:
            return b""
        try:
            return self._place.read(start=start, end=end)
        except SourceUnreachable:
            if self.size() == size:
                raise
            return b""  # the file has been replaced by another one, perhaps a shorter one


def _fingerprint(info: Mapping[str, Any]) -> str:
    change = next((info[key] for key in _CHANGES if info.get(key)), "")
    text = change.isoformat() if isinstance(change, datetime) else str(change).strip('"')
    return f"{info['size']}-{text}"
