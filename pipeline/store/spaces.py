"""Embedding spaces: which recognizer made a vector."""

from __future__ import annotations

from pipeline.store.connect import Connection


def ensure(connection: Connection, name: str, recognizer: str, dimensions: int) -> int:
    """The row of a space, made when it is new."""
    space_id = row(connection, name)
    if space_id is None:  # looked for first: every attempt to insert uses up one of the few numbers
        connection.execute(
            "INSERT INTO spaces (name, recognizer, dimensions) VALUES (%s, %s, %s)"
            " ON CONFLICT (name) DO NOTHING",
            (name, recognizer, dimensions),
        )
        space_id = row(connection, name)
    assert space_id is not None  # noqa: S101  (it was there or has just been made)
    return space_id


def row(connection: Connection, name: str) -> int | None:
    """The row of a space, or None."""
    found = connection.execute("SELECT id FROM spaces WHERE name = %s", (name,)).fetchone()
    return None if found is None else int(found[0])
