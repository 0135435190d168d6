"""A photo store behind an fsspec URL: a bucket, a folder on another machine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from pipeline.errors import NotThere, PhotoStoreUnavailable, SourceUnreachable
from pipeline.photo_store import mark
from pipeline.sources.place import Place


class RemoteStore:
    """Keeps files in a place elsewhere."""

    def __init__(self, place: Place) -> None:
        """Connects to nothing yet."""
        self._place = place
        self._marked = False

    def mark(self) -> None:
        """As PhotoStore.mark."""
        with _explained():
            if self._marked:
                return
            try:
                self._place.read(mark.NAME)
            except NotThere:
                self._place.write(mark.NAME, mark.TEXT)
            self._marked = True

    def put(self, name: str, data: bytes) -> None:
        """As PhotoStore.put."""
        self.mark()
        with _explained():
            self._place.write(name, data)

    def get(self, name: str) -> bytes | None:
        """As PhotoStore.get."""
        with _explained():
            try:
                return self._place.read(name)
            except NotThere:
                return None

    def names(self, folder: str) -> Iterator[str]:
        """As PhotoStore.names."""
        with _explained():
            yield from (name for name in self._place.files(folder) if name != mark.NAME)

    def remove(self, names: Iterable[str]) -> None:
        """As PhotoStore.remove."""
        with _explained():
            self._place.remove(list(names))

    def erase(self, folder: str) -> int:
        """As PhotoStore.erase."""
        with _explained():
            found = self._place.files(folder)
            if found:
                self._place.erase(folder)
            return len(found)


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except SourceUnreachable as error:
        raise PhotoStoreUnavailable(f"The photo store cannot be used: {error}") from error
