"""What is kept of an event beside the database: previews, and the photos of sources that may vanish."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Container
from dataclasses import dataclass
from functools import partial

from pipeline import images
from pipeline.errors import FindMeError
from pipeline.ports import PhotoStore
from pipeline.store import Connection, Store, kept, photos
from pipeline.types import Image

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Keeper:
    """Keeps photos in a store: a folder an event, a file a photo, under its SHA-256."""

    store: PhotoStore
    fleeting: Callable[[str], bool]  # by a source's uri: may the photos vanish from there?
    release: Callable[[str], None] = lambda _: None  # by its uri: nothing of it is read for now

    def mark(self) -> None:
        """Marks the store as none of what is indexed; to be called before a source is listed.

        A store that cannot be reached is no error: keeping the first photo says what is wrong.
        """
        try:
            self.store.mark()
        except FindMeError as error:
            log.warning("the photo store cannot be marked: %s", error)

    def of_event(self, folder: str, source: str) -> EventKeeper:
        """The keeper of one event; `folder` as pipeline.store.kept names it."""
        return EventKeeper(self.store, folder, partial(self.fleeting, source))

    def complete(self, folder: str, source: str, digests: Container[bytes]) -> None:
        """Tidies up after a complete run; `digests` are the SHA-256 of the event's photos.

        Raises PhotoStoreUnavailable.
        """
        self.of_event(folder, source).tidy(digests)
        self.release(source)

    def carry_out_erasures(self, database: Store) -> dict[str, int]:
        """Removes the folders of erased events; how many files went of each.

        A store that cannot be reached is no error: it is tried again whenever something is indexed, erased
        or opened.
        """
        with database.transaction() as connection:
            folders = kept.erasures(connection)
        files = {}
        for folder in folders:
            try:
                files[folder] = self.store.erase(folder)
            except FindMeError as error:
                log.warning("photos of an erased event are still kept, and go later: %s", error)
                break
            with database.transaction() as connection:
                kept.forget_erasure(connection, folder)
        return files


@dataclass(frozen=True, slots=True)
class EventKeeper:
    """Keeps the photos of one event. Safe to use from several threads."""

    store: PhotoStore
    folder: str
    keeps_photos: Callable[
        [], bool
    ]  # the photos themselves too, and not only previews? Asked when it matters

    def keep(self, sha256: bytes, data: bytes, image: Image) -> None:
        """Keeps a photo that was just read; `image` is the photo decoded.

        Raises PhotoStoreUnavailable, UnreadablePhoto.
        """
        self.keep_photo(sha256, data)
        self.store.put(self._preview(sha256), images.preview(data, image))

    def keep_photo(self, sha256: bytes, data: bytes) -> None:
        """Keeps a photo's bytes if its source may vanish. Raises PhotoStoreUnavailable."""
        if self.keeps_photos():
            self.store.put(self._photo(sha256), data)

    def keep_preview(self, sha256: bytes, preview: bytes) -> None:
        """Keeps a preview, a JPEG. Raises PhotoStoreUnavailable."""
        self.store.put(self._preview(sha256), preview)

    def photo(self, sha256: bytes) -> bytes | None:
        """A photo's bytes; None where they are not kept, or no longer those that were. Never raises."""
        try:
            return self.find_photo(sha256)
        except FindMeError as error:
            log.warning("a kept photo is not to be had: %s", error)
            return None

    def find_photo(self, sha256: bytes) -> bytes | None:
        """As `photo`. Raises PhotoStoreUnavailable where it cannot be said whether the photo is kept."""
        data = self.store.get(self._photo(sha256)) if self.keeps_photos() else None
        return data if data is not None and hashlib.sha256(data).digest() == sha256 else None

    def preview(self, sha256: bytes) -> bytes | None:
        """A photo's preview, a JPEG; None where none is kept. Never raises."""
        try:
            return self.store.get(self._preview(sha256)) or None
        except FindMeError as error:
            log.warning("a kept preview is not to be had: %s", error)
            return None

    def tidy(self, digests: Container[bytes]) -> None:
        """Removes what belongs to none of the event's photos: `digests` are their SHA-256.

        Raises PhotoStoreUnavailable.
        """
        self.store.remove([name for name in self.store.names(self.folder) if _digest(name) not in digests])

    def _photo(self, sha256: bytes) -> str:
        return f"{self.folder}/photos/{sha256.hex()}"

    def _preview(self, sha256: bytes) -> str:
        return f"{self.folder}/previews/{sha256.hex()}.jpg"


def event_keeper(
    connection: Connection, event_id: int, source: str, keeper: Keeper | None
) -> EventKeeper | None:
    """What keeps the photos of an event; None where nothing is kept, or the event has been erased."""
    folder = None if keeper is None else kept.folder(connection, event_id)
    return None if keeper is None or folder is None else keeper.of_event(folder, source)


def complete_keeping(connection: Connection, event_id: int, source: str, keeper: Keeper | None) -> None:
    """Tidies up after a complete run. Raises PhotoStoreUnavailable."""
    folder = None if keeper is None else kept.folder(connection, event_id)
    if keeper is not None and folder is not None:
        keeper.complete(folder, source, photos.digests(connection, event_id))


def _digest(name: str) -> bytes:
    """The SHA-256 in a file's name; empty for a file that is none of ours, or was never finished."""
    stem, _, extension = name.rpartition("/")[2].partition(".")
    try:
        return bytes.fromhex(stem) if extension in ("", "jpg") else b""
    except ValueError:
        return b""
