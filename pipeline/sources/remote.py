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


_NO_NAMES = (".", "..")
_LEADS_ELSEWHERE = (
    "Its name in the bucket has '.' or '..' for a folder, which programs on the way may follow. Rename it."
)


class RemoteSource:
    """The photos under an fsspec URL and in the folders below; left out is what is left out in a folder.

    In a bucket, names may have empty parts (`a//b.jpg`); those with a part `.` or `..` come with a refusal.
    """

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
        parts = name.split("/")
        empty = "" in (parts[-1:] if self._place.is_bucket else parts)
        if empty or any(part in _NO_NAMES for part in parts):
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
        files: list[SourceEntry] = []
        folders: list[str] = []
        for name, info in sorted(listing, key=lambda item: item[0]):
            part = name.rpartition("/")[2]
            if (
                self._place.is_bucket
                and info["type"] == "directory"
                and (name == folder or part in _NO_NAMES)
            ):
                files.extend(self._below_no_name(folder, "" if name == folder else part))
            if name == folder or not part or left_out(part) or info.get("islink"):
                continue
            if info["type"] == "directory":
                folders.append(name)
            elif info["type"] == "file" and is_photo_name(part):
                files.append(SourceEntry(name, int(info["size"] or 0), _fingerprint(info)))
        return files, folders

    def _below_no_name(self, folder: str, part: str) -> Iterator[SourceEntry]:
        """The photos of a bucket in a folder's folder that is called "", "." or "..", and below."""
        start = f"{folder}/{part}/" if folder else f"{part}/"
        found = {name: info for name, info in self._place.below(folder, f"{part}/") if name.startswith(start)}
        stores = tuple(name.removesuffix(STORE_MARK) for name in found if name.endswith(f"/{STORE_MARK}"))
        for name, info in sorted(found.items(), key=lambda item: item[0]):
            parts = [one for one in name.removeprefix(start).split("/") if one not in _NO_NAMES]
            hidden = any(map(left_out, parts)) or name.startswith(stores) or info["name"].endswith("/")
            if not hidden and is_photo_name(name):
                odd = any(one in _NO_NAMES for one in name.split("/"))
                refusal = _LEADS_ELSEWHERE if odd else None
                yield SourceEntry(name, int(info["size"] or 0), _fingerprint(info), refusal)

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
