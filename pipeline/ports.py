"""The seams: what a photo source, a detector and an embedder must offer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from pipeline.types import Candidate, Detection, Image, Pixels, SourceEntry, Vector


class PhotoSource(Protocol):
    """A place that photos are read from: a folder, an archive, a channel, a bucket."""

    @property
    def uri(self) -> str:
        """Where the photos are, such that the source can be opened again from it."""
        ...

    def entries(self) -> Iterator[SourceEntry]:
        """The photos, lazily, in a stable order. Raises SourceUnreachable.

        One that the source must not read, such as an encrypted one, comes with a refusal: it is counted
        among the failed ones, and the others are indexed.
        """
        ...

    def read(self, name: str) -> bytes:
        """The bytes of one photo; several threads may ask at once. Raises SourceUnreachable.

        SourceAway where time may mend it, above all where all photos are gone and not this one.
        """
        ...


@runtime_checkable
class FetchedSource(PhotoSource, Protocol):
    """A source that is read from a copy on this machine."""

    def fetch(self, progress: Callable[[int, int], None]) -> None:
        """Makes the copy, unless it is here. Raises SourceUnreachable.

        progress: hears of the bytes that have come, and of how many there are. What it raises ends the
        fetching, and leaves nothing behind.
        """
        ...


class PhotoStore(Protocol):
    """A place that files are kept in, under names with forward slashes. Safe to use from several threads.

    Every method may raise PhotoStoreUnavailable.
    """

    def mark(self) -> None:
        """Sees to it that sources know the place, should it lie in what is indexed, and leave it out.

        The first file that is kept does so, too; here it is done for what is kept already.
        """
        ...

    def put(self, name: str, data: bytes) -> None:
        """Keeps a file: whole or not at all, however the process ends."""
        ...

    def get(self, name: str) -> bytes | None:
        """A file; None when there is none of that name."""
        ...

    def names(self, folder: str) -> Iterator[str]:
        """The names of all files under a folder; none when there is no such folder."""
        ...

    def remove(self, names: Iterable[str]) -> None:
        """Removes files, those that are gone already included."""
        ...

    def erase(self, folder: str) -> int:
        """Removes a folder with all that is in it, unfinished files too; how many files went."""
        ...


class Detector(Protocol):
    """Finds faces in a photo."""

    def detect(self, image: Image) -> list[Detection]:
        """The faces, by falling score, in pixels of the full-size upright photo."""
        ...


class Aligner(Protocol):
    """Cuts a detected face out of a photo, in the pose that an embedder was trained on."""

    def __call__(self, image: Image, detection: Detection) -> Pixels:
        """A chip of shape (size, size, 3), uint8, RGB."""
        ...


class Embedder(Protocol):
    """Turns aligned faces into vectors."""

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        ...

    def embed(self, chips: Sequence[Pixels]) -> NDArray[np.float32]:
        """Vectors of shape (len(chips), dimensions), float32, one a chip in the same order."""
        ...


class Gallery(Protocol):
    """The faces of photos, in which a person is looked for."""

    def near(self, vector: Vector, reach: float, sure: float, first: int) -> Sequence[Candidate]:
        """The faces at most `reach` from a vector, nearest first.

        With embeddings: at least the `first` ones, and those farther than `sure`.
        """
        ...

    def beside(self, photos: Sequence[int], vector: Vector, most: int) -> Sequence[Candidate]:
        """The faces of these photos, with embeddings: at most so many, the nearest to a vector."""
        ...
