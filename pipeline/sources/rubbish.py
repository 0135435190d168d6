"""What is left out wherever photos are: hidden files, and what systems and tools leave beside the photos."""

from __future__ import annotations

from pipeline.errors import SourceUnreachable

STORE_MARK = ".findme-photo-store"
"""A file in the root of every photo store: what lies there are copies, and no photos of an event's."""

# It looks like photos but is thumbnails and rubbish.
_NOT_THE_ORGANISERS = frozenset(
    {"__macosx", "@eadir", "#recycle", "$recycle.bin", "system volume information", "lost+found", "thumbs.db"}
)


def left_out(part: str) -> bool:
    """Whether a file or folder of that name is none of the organiser's; `part` has no slashes."""
    return part.startswith(".") or part.casefold() in _NOT_THE_ORGANISERS


def store_as_source(place: str) -> SourceUnreachable:
    """What is said to whoever names a photo store as a source."""
    return SourceUnreachable(
        f"{place} is a photo store of FindMe's, which holds copies of indexed photos. Name the folder that "
        "holds the photos; if that is this one, set FINDME_PHOTO_STORE to a place of its own."
    )
