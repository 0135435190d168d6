"""A photo store in a folder of this machine."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

from pipeline.errors import PhotoStoreUnavailable
from pipeline.photo_store import mark

_UNFINISHED = ".part"
# Older than this, an unfinished file belongs to a process that was killed.
_WRITING_SECONDS = 3600


class FolderStore:
    """Keeps files in a folder, which is made at the first one, for its owner alone."""

    def __init__(self, root: Path) -> None:
        """Makes nothing yet."""
        self._root = root.absolute()
        self._marked = False

    def mark(self) -> None:
        """As PhotoStore.mark."""
        with self._explained("written"):
            if self._root.is_dir():
                self._mark()

    def put(self, name: str, data: bytes) -> None:
        """As PhotoStore.put: written beside its place, and moved there when it is on the disk."""
        path = self._root / name
        unfinished = path.with_name(f"{uuid4().hex}{_UNFINISHED}")
        with self._explained("written"):
            self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._mark()
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                with unfinished.open("xb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                unfinished.replace(path)
            except BaseException:
                unfinished.unlink(missing_ok=True)
                raise

    def get(self, name: str) -> bytes | None:
        """As PhotoStore.get."""
        with self._explained("read"):
            try:
                return (self._root / name).read_bytes()
            except FileNotFoundError:
                return None

    def names(self, folder: str) -> Iterator[str]:
        """As PhotoStore.names; unfinished files only once nobody can be writing them any more."""
        with self._explained("listed"):
            for path in (self._root / folder).rglob("*"):
                if path.is_file() and path.name != mark.NAME and not _is_being_written(path):
                    yield path.relative_to(self._root).as_posix()

    def remove(self, names: Iterable[str]) -> None:
        """As PhotoStore.remove."""
        with self._explained("written"):
            for name in names:
                (self._root / name).unlink(missing_ok=True)

    def erase(self, folder: str) -> int:
        """As PhotoStore.erase."""
        with self._explained("written"):
            number = sum(path.is_file() for path in (self._root / folder).rglob("*"))
            shutil.rmtree(self._root / folder, onerror=_unless_gone)
            return number

    def _mark(self) -> None:
        if not self._marked:
            with suppress(FileExistsError), (self._root / mark.NAME).open("xb") as file:
                file.write(mark.TEXT)
            self._marked = True

    @contextmanager
    def _explained(self, what: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise PhotoStoreUnavailable(
                f"The photo store {self._root} cannot be {what} ({error.strerror or 'unknown error'}). Mend "
                "that, or set FINDME_PHOTO_STORE to another folder."
            ) from error


def _is_being_written(path: Path) -> bool:
    if path.suffix != _UNFINISHED:
        return False
    try:
        return time.time() - path.stat().st_mtime < _WRITING_SECONDS
    except FileNotFoundError:
        return True


def _unless_gone(_: object, __: str, failure: Any) -> None:
    """Goes on where another process has erased or renamed a file meanwhile."""
    error = failure[1]
    if not isinstance(error, FileNotFoundError):
        raise error
