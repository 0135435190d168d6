"""Reads a source's photos on several threads: bytes, digest, faces. Writes nothing."""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Callable, Container, Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from pipeline.errors import FindMeError, SourceAway, SourceUnreachable, Unfit, UnreadablePhoto
from pipeline.exif import taken_at
from pipeline.images.dhash import dhash
from pipeline.ports import PhotoSource
from pipeline.types import Face, SourceEntry

if TYPE_CHECKING:
    from pipeline.keeping import EventKeeper
    from pipeline.recognizers import Recognizer

log = logging.getLogger(__name__)

# The largest photos that cameras make, uncompressed TIFF of 100 megapixels, stay below; a file is read whole.
MAX_BYTES = 700_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Read:
    """A photo with its faces."""

    entry: SourceEntry
    sha256: bytes
    width: int  # pixels, upright
    height: int
    taken_at: datetime | None
    faces: Sequence[Face]
    dhash: int | None = None  # pipeline.images.dhash.dhash


@dataclass(frozen=True, slots=True)
class Known:
    """A photo whose bytes the event has already."""

    entry: SourceEntry
    sha256: bytes


@dataclass(frozen=True, slots=True)
class Unread:
    """A photo that could not be read."""

    entry: SourceEntry
    reason: str  # a sentence
    silent: bool = False  # nothing came at all: what the event has of it need not be given up


Outcome = Read | Known | Unread


def read_photo(
    source: PhotoSource,
    recognizer: Recognizer,
    known: Container[bytes],
    entry: SourceEntry,
    *,
    keeper: EventKeeper | None = None,
    arrived: Callable[[], object] | None = None,
) -> Outcome:
    """One photo: `known` are the digests whose faces need not be found again; `keeper` keeps the others.

    `arrived` is called when the bytes are there, before anything looks at them; it may raise FindMeError.

    Raises only what may concern every photo alike, as missing weights, a full disk or a silent source do.
    """
    if entry.refusal is not None:
        return Unread(entry, storable(entry.refusal))
    try:
        if entry.size > MAX_BYTES:
            return Unread(entry, f"It is larger than {MAX_BYTES // 1_000_000} MB. Index a smaller copy.")
        data = source.read(entry.name)
        if arrived is not None:
            arrived()
        sha256 = hashlib.sha256(data).digest()
        if sha256 in known:
            return Known(entry, sha256)
        image, faces = recognizer.read(data)
        if keeper is not None:  # before the database knows of it, so that what it knows of is kept
            keeper.keep(sha256, data, image)
        taken, looks = taken_at(data), dhash(image.pixels)
        return Read(entry, sha256, image.width, image.height, taken, faces, looks)
    except (SourceAway, Unfit):
        raise
    except (UnreadablePhoto, SourceUnreachable) as error:
        return Unread(entry, storable(str(error)))
    except FindMeError:
        raise
    except Exception as error:
        # Decoders fail in ways of their own, which nobody can list; one photo must never stop an event.
        log.exception("%s could not be indexed", entry.name)
        return Unread(
            entry,
            f"It made the image software fail ({type(error).__name__}). Convert it to JPEG (see the log).",
        )


def read_all(
    entries: Sequence[SourceEntry],
    read: Callable[[SourceEntry], Outcome | None],
    *,
    workers: int,
    stop: threading.Event,
) -> Generator[Outcome]:
    """The outcome of each entry, in the order in which they are done; close it to end early.

    At most two entries a worker are under way, so memory does not grow with the event. When `stop` is set,
    those that a worker has begun are finished, unless `read` gives them up (None), and the others are not
    begun.
    """
    executor = ThreadPoolExecutor(workers, thread_name_prefix="findme-index")
    waiting = iter(entries)
    running: set[Future[Outcome | None]] = set()
    try:
        while True:
            if stop.is_set():
                running = {future for future in running if not future.cancel()}
            else:
                while len(running) < 2 * workers and (entry := next(waiting, None)) is not None:
                    running.add(executor.submit(read, entry))
            if not running:
                return
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                if (outcome := future.result()) is not None:
                    yield outcome
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


def storable(text: str) -> str:
    """Text as the database takes it: an error's words may quote a file name of any bytes."""
    return text.encode("utf-8", "backslashreplace").decode().replace("\0", "")
