"""The data that passes between the steps: frozen, with the unit of every field."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
"""An image of shape (height, width, 3), uint8, RGB, upright."""

Vector = NDArray[np.float32]
"""An embedding of shape (dimensions,), float32."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels of the upright, full-size photo; may reach over the photo's edge."""

    x: float  # left edge
    y: float  # top edge
    width: float
    height: float

    @property
    def centre(self) -> tuple[float, float]:
        """The middle (x, y), in pixels."""
        return self.x + self.width / 2, self.y + self.height / 2

    @property
    def area(self) -> float:
        """Square pixels."""
        return self.width * self.height

    def rounded(self) -> list[int]:
        """[x, y, width, height] in whole pixels, as `--json` prints it."""
        return [round(self.x), round(self.y), round(self.width), round(self.height)]


@dataclass(frozen=True, slots=True)
class Image:
    """A decoded photo, upright, perhaps smaller than the file's own size."""

    pixels: Pixels
    width: int  # of the full-size upright photo, in pixels
    height: int
    scale: float  # pixels.shape / full size: 1.0 = decoded at full size, 0.5 = at half
    seconds: float  # time that decoding took


@dataclass(frozen=True, slots=True, eq=False)
class Detection:
    """One face as a detector saw it, in pixels of the full-size upright photo."""

    box: Box
    score: float  # 0..1, the detector's own; 1.0 where it gives none
    landmarks: NDArray[np.float32] | None = None
    # (5, 2) x, y: left eye, right eye, nose, left and right mouth corner, as seen in the image


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """A detected face with its embedding."""

    box: Box
    score: float  # the detector's, 0..1
    landmarks: NDArray[np.float32] | None  # as in Detection
    sharpness: float  # of the aligned chip; see pipeline.embedders.align.sharpness
    embedding: Vector

    @property
    def size(self) -> float:
        """Longer side of its box, in pixels of the full-size photo."""
        return max(self.box.width, self.box.height)


@dataclass(frozen=True, slots=True, eq=False)
class Probe:
    """The face that is searched with."""

    face: Face
    faces: int  # how many the probe photo showed
    space: str  # which embedding space the vector lives in


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A face of a gallery that may be the person's who is looked for."""

    face: int  # identifies it
    photo: int  # identifies the photo that shows it
    size: float  # longer side of its box, in pixels of the full-size photo
    sharpness: float  # as in Face
    distance: float  # Euclidean, from the vector that was asked for
    embedding: Vector | None  # None: so near that nobody needs it


class Strength(StrEnum):
    """How sure a match is, in one word."""

    STRONG = "strong"
    POSSIBLE = "possible"


@dataclass(frozen=True, slots=True)
class EventKey:
    """Names an event. Events indexed from the command line have no team and no channel."""

    slug: str  # lower-case name, unique within a team
    team: str = ""  # Slack workspace id; "" = indexed from the command line
    channel: str | None = None  # only its members may search; None = the whole workspace


class EventState(StrEnum):
    """Whether an event shows what its source holds."""

    COMPLETE = "complete"  # its last indexing came to the end
    RUNNING = "running"  # it is being indexed, or waits for it
    INTERRUPTED = "interrupted"  # its last indexing ended early; the same again continues


@dataclass(frozen=True, slots=True)
class Event:
    """An indexed event."""

    id: int
    key: EventKey
    recognizer: str  # registry name of the recognizer that it was indexed with
    space: str  # that recognizer's name and version: its embedding space
    source: str  # where the photos are read from, as PhotoSource.uri gives it
    photos: int  # indexed photos that it holds
    faces: int
    indexed_at: datetime  # end of the last indexing that came to its end, UTC
    state: EventState = EventState.COMPLETE


@dataclass(frozen=True, slots=True)
class SourceEntry:
    """One photo in a source, before it is read."""

    name: str  # stable, relative to the source, with forward slashes
    size: int  # bytes
    fingerprint: str  # changes when the content may have changed (size and modification time)
    refusal: str | None = None  # a sentence why the source will not read it; None = it can be read


@dataclass(frozen=True, slots=True)
class Failure:
    """A photo that could not be indexed."""

    photo: str  # its name in the source
    reason: str  # a sentence for people


@dataclass(frozen=True, slots=True)
class FailedPhotos:
    """Those of an event's photos that could not be indexed."""

    number: int
    examples: tuple[Failure, ...]  # the first few by name


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an indexing run is."""

    done: int  # photos looked at, of `total`
    total: int
    faces: int  # found in this run
    failed: int
    photo: str = ""  # the last one looked at
    trouble: str = ""  # what keeps it from going on, a sentence; "" = nothing
    fetching: tuple[int, int] | None = None  # bytes that have come of its archive, of how many; None = none


@dataclass(frozen=True, slots=True)
class IndexReport:
    """The outcome of an indexing run."""

    event: str
    photos: int  # the event now holds
    faces: int  # the event now holds
    added: int  # photos indexed by this run
    skipped: int  # already there: indexed before, or the same bytes under another name
    removed: int  # no longer in the source
    failed: tuple[Failure, ...]
    seconds: float

    @property
    def in_vain(self) -> bool:
        """Whether the source lists photos and not one of them could be indexed, now or before."""
        return bool(self.failed) and not (self.added or self.skipped or self.photos)


@dataclass(frozen=True, slots=True)
class Match:
    """A photo that shows the probe's person, with the face that says so."""

    event: str  # slug
    event_id: int
    photo: str  # name in the event's source
    photo_id: int
    distance: float  # that counts: between the embeddings, and what small or blurred faces add to it
    confidence: float  # 0..1: the share of right matches at this distance, measured or assumed
    strength: Strength
    box: Box


@dataclass(frozen=True, slots=True)
class ShownPhoto:
    """A photo of an event, by the name under which the source shows it; these as in Match."""

    event: str
    event_id: int
    photo: str
    photo_id: int


@dataclass(frozen=True, slots=True)
class Look:
    """What tells whether photos are shots of one moment."""

    dhash: int | None  # pipeline.images.dhash.dhash; None = indexed before it was kept
    taken_at: datetime | None  # by the camera's clock; None = not said


@dataclass(frozen=True, slots=True)
class FindResult:
    """What a search gave: the matches within the threshold, best first."""

    probe: Probe  # the first, where several photos of the person were given
    recognizer: str
    threshold: float  # in the recognizer's metric
    matches: tuple[Match, ...]
    tiny: bool = False  # whether every face searched with is so small that no match counts as strong


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How much an erasure removed."""

    photos: int = 0  # rows
    faces: int = 0  # rows
    references: int = 0  # rows
    files: int = 0  # kept photos and previews
