"""A folder of photos on this machine."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from pipeline.errors import NotThere, SourceAway, SourceUnreachable
from pipeline.images import is_photo_name
from pipeline.sources.outages import is_outage
from pipeline.sources.rubbish import STORE_MARK, left_out, store_as_source
from pipeline.types import SourceEntry

_ESCAPED_BYTE = re.compile(r"\\x([89a-f][0-9a-f])")


class FolderSource:
    """The photos in a folder and its subfolders.

    Left out: whatever is hidden, rubbish that systems leave, files that are no photos by their extension,
    links, because they may lead out of the folder or round in circles, and FindMe's own photo stores.
    """

    def __init__(self, path: Path | str) -> None:
        """Opens nothing yet. A `path` that is itself a link stands for the folder it leads to."""
        self._root = Path(os.path.realpath(path))

    @property
    def uri(self) -> str:
        """The absolute path, links resolved."""
        return str(self._root)

    def entries(self) -> Iterator[SourceEntry]:
        """The photos, lazily, sorted by name within each folder; names are relative to the folder.

        Raises SourceUnreachable when the folder or one of its subfolders cannot be listed: to leave a
        part out would look as if its photos had been deleted.
        """
        self._require_folder()
        waiting = [self._root]
        while waiting:
            files, folders = self._listed(waiting.pop())
            yield from files
            waiting.extend(reversed(folders))

    def read(self, name: str) -> bytes:
        """The bytes of one photo. Raises SourceUnreachable, also for names that lead out of the folder."""
        try:
            return self._path(name).read_bytes()
        except FileNotFoundError as error:
            self._require_disk()
            raise SourceUnreachable(f"{name} is no longer in the folder.") from error
        except PermissionError as error:
            raise SourceUnreachable(f"{name} may not be read; check its permissions.") from error
        except OSError as error:
            kind = SourceAway if is_outage(error) else SourceUnreachable
            raise kind(
                f"{name} could not be read ({error.strerror or 'unknown error'}). Check its disk."
            ) from error

    def _require_folder(self) -> None:
        try:
            storable = str(self._root).encode()
            if not self._root.exists():
                raise NotThere(
                    f"There is no folder {self._root}. Check the path, and that its disk is there."
                )
        except UnicodeEncodeError as error:
            raise SourceUnreachable("The folder's path is not valid UTF-8. Rename the folder.") from error
        except OSError as error:
            kind = SourceAway if is_outage(error) else SourceUnreachable
            raise kind(f"The folder {self._root} cannot be reached: {error.strerror}.") from error
        if not storable or not self._root.is_dir():
            raise SourceUnreachable(f"{self._root} is not a folder. Name the folder that holds the photos.")

    def _require_disk(self) -> None:
        """Raises SourceAway where not one file but the folder is gone, as it is when its disk is.

        What a disk leaves behind is no folder at all, or an empty one.
        """
        try:
            self._require_folder()
            with os.scandir(self._root) as listing:
                empty = next(listing, None) is None
        except (NotThere, FileNotFoundError) as error:
            raise SourceAway(f"The folder {self._root} is no longer there. Is its disk mounted?") from error
        except OSError as error:
            raise SourceAway(f"The folder {self._root} cannot be reached: {error.strerror}.") from error
        if empty:
            raise SourceAway(f"The folder {self._root} is suddenly empty. Is its disk mounted?")

    def _listed(self, folder: Path) -> tuple[list[SourceEntry], list[Path]]:
        """The photos and the subfolders of one folder, each sorted."""
        files, folders = [], []
        try:
            with os.scandir(folder) as listing:
                items = sorted(listing, key=lambda item: item.name)
                if any(item.name == STORE_MARK for item in items):
                    if folder == self._root:
                        raise store_as_source(str(self._root))
                    return [], []
                for item in items:
                    if left_out(item.name) or item.is_symlink():
                        continue
                    if item.is_dir(follow_symlinks=False):
                        folders.append(Path(item.path))
                    elif item.is_file(follow_symlinks=False) and is_photo_name(item.name):
                        files.extend(self._entry(item))
        except FileNotFoundError:
            self._require_disk()
            return [], []  # deleted while we walk
        except OSError as error:
            kind = SourceAway if is_outage(error) else SourceUnreachable
            raise kind(
                f"The folder {_readable(str(folder))} cannot be listed: {error.strerror}. "
                "Check its permissions."
            ) from error
        return files, folders

    def _entry(self, item: os.DirEntry[str]) -> list[SourceEntry]:
        try:
            status = item.stat(follow_symlinks=False)
        except FileNotFoundError:
            self._require_disk()
            return []
        name = Path(item.path).relative_to(self._root).as_posix()
        return [SourceEntry(_readable(name), status.st_size, f"{status.st_size}-{status.st_mtime_ns}")]

    def _path(self, name: str) -> Path:
        """The file of that name, which must lie in the folder, without links on the way."""
        parts = name.split("/")
        if not name or "\0" in name or name.startswith("/") or any(part in ("", ".", "..") for part in parts):
            raise SourceUnreachable(f"{_readable(name)!r} is no name of a photo in this folder.")
        path = self._root.joinpath(*parts)
        if not path.exists() and _ESCAPED_BYTE.search(name):
            path = self._root.joinpath(*_original(name).split("/"))
        if os.path.realpath(path) != str(path):
            raise SourceUnreachable(
                f"{name} is a link; links are not followed. Copy the photo into the folder."
            )
        return path


def _readable(name: str) -> str:
    r"""A file name as text: bytes that are not UTF-8 are written as \xff."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def _original(name: str) -> str:
    """The file name behind what `_readable` gave."""
    return _ESCAPED_BYTE.sub(lambda match: os.fsdecode(bytes.fromhex(match[1])), name)
