"""The SHA-256 of an event's photos, asked for one at a time: they are too many to keep."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.store import Connection, photos
from pipeline.store.connect import explained


@dataclass(frozen=True, slots=True)
class StoredDigests:
    """Whether an event has a photo of that digest. Raises DatabaseUnavailable."""

    connection: Connection
    event_id: int

    def __contains__(self, sha256: object) -> bool:
        if not isinstance(sha256, bytes):
            return False
        with explained():  # a database in trouble is none of the photo's
            return photos.with_digest(self.connection, self.event_id, sha256) is not None
