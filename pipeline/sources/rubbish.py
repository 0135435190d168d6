"""What is left out wherever photos are: hidden files, and what systems and tools leave beside the photos."""

from __future__ import annotations

# It looks like photos but is thumbnails and rubbish.
_NOT_THE_ORGANISERS = frozenset(
    {"__macosx", "@eadir", "#recycle", "$recycle.bin", "system volume information", "lost+found", "thumbs.db"}
)


def left_out(part: str) -> bool:
    """Whether a file or folder of that name is none of the organiser's; `part` has no slashes."""
    return part.startswith(".") or part.casefold() in _NOT_THE_ORGANISERS
