"""Where in the photo store an event's photos are kept, and which of its folders are to go."""

from __future__ import annotations

from pipeline.store.connect import Connection

# A search that began before an event was erased may still put a preview into its folder.
_LATECOMERS = "1 hour"


def folder(connection: Connection, event_id: int) -> str | None:
    """The name of an event's folder in the photo store; None when the event has been erased."""
    row = connection.execute("SELECT kept_under FROM events WHERE id = %s", (event_id,)).fetchone()
    return None if row is None else str(row[0])


def note_erasure(connection: Connection, event_id: int) -> None:
    """Notes that an event's folder is to go; to be called in the transaction that erases the event."""
    connection.execute(
        "INSERT INTO erasures (kept_under) SELECT kept_under FROM events WHERE id = %s", (event_id,)
    )


def erasures(connection: Connection) -> list[str]:
    """The folders that are to go, or have just gone."""
    return [str(row[0]) for row in connection.execute("SELECT kept_under FROM erasures ORDER BY erased_at")]


def forget_erasure(connection: Connection, name: str) -> None:
    """Notes that a folder is gone, once nothing can come into it any more."""
    connection.execute(
        "DELETE FROM erasures WHERE kept_under = %s AND erased_at < now() - %s::interval", (name, _LATECOMERS)
    )
