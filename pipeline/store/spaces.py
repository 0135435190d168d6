"""Embedding spaces: which recognizer made a vector."""

from __future__ import annotations

from pipeline.store.connect import Connection


def ensure(connection: Connection, name: str, recognizer: str, dimensions: int) -> int:
    """The row of a space, made when it is new."""
    connection.execute(
        "INSERT INTO spaces (name, recognizer, dimensions) VALUES (%s, %s, %s) ON CONFLICT (name) DO NOTHING",
        (name, recognizer, dimensions),
    )
    row = connection.execute("SELECT id FROM spaces WHERE name = %s", (name,)).fetchone()
    assert row is not None  # noqa: S101  (it was there or has just been made)
    return int(row[0])
