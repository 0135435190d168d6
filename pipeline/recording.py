"""Writes down what came of reading a photo; the same wherever the reading was done."""

from __future__ import annotations

from typing import Literal

from pipeline.reading import Outcome, Read, Unread
from pipeline.store import Connection, faces, files, photos

Recorded = Literal["added", "skipped", "failed"]
"""What became of a photo: new in the event; its bytes were there already; it could not be read."""


def record(connection: Connection, event_id: int, space_id: int, outcome: Outcome) -> Recorded:
    """A photo, its faces and its name, to be called inside one transaction."""
    if isinstance(outcome, Unread):
        files.put(connection, event_id, outcome.entry, reason=outcome.reason, lasting=outcome.silent)
        return "failed"
    added = _add(connection, event_id, space_id, outcome) if isinstance(outcome, Read) else None
    photo_id = added or photos.with_digest(connection, event_id, outcome.sha256)
    files.put(connection, event_id, outcome.entry, photo_id=photo_id)
    return "skipped" if added is None else "added"


def _add(connection: Connection, event_id: int, space_id: int, photo: Read) -> int | None:
    """The row of a photo with its faces; None when the event has its bytes already."""
    size = photo.width, photo.height
    photo_id = photos.add(
        connection, event_id, photo.sha256, size, photo.taken_at, len(photo.faces), photo.dhash
    )
    if photo_id is not None:
        faces.add(connection, event_id, photo_id, space_id, photo.faces)
    return photo_id
