"""Embedding spaces: which recognizer made a vector."""

from __future__ import annotations

from pipeline.errors import SpaceMismatch
from pipeline.store.connect import Connection


def ensure(
    connection: Connection, name: str, recognizer: str, dimensions: int, weights: bytes | None = None
) -> int:
    """The row of a space, made when it is new. Raises SpaceMismatch, see `check`."""
    space_id = row(connection, name)
    if space_id is None:  # looked for first: every attempt to insert uses up one of the few numbers
        connection.execute(
            "INSERT INTO spaces (name, recognizer, dimensions, weights) VALUES (%s, %s, %s, %s)"
            " ON CONFLICT (name) DO NOTHING",
            (name, recognizer, dimensions, weights),
        )
        space_id = row(connection, name)
    check(connection, name, dimensions, weights)
    if weights is not None:  # a space from before they were kept
        connection.execute(
            "UPDATE spaces SET weights = %s WHERE name = %s AND weights IS NULL", (weights, name)
        )
    assert space_id is not None  # noqa: S101  (it was there or has just been made)
    return space_id


def check(connection: Connection, name: str, dimensions: int, weights: bytes | None) -> None:
    """Raises SpaceMismatch when the space's vectors are another model's than one of these.

    `weights`: SHA-256 of what the model's vectors depend on; None: they follow from the name.
    """
    found = connection.execute("SELECT dimensions, weights FROM spaces WHERE name = %s", (name,)).fetchone()
    if found is None:
        return
    held, made_with = found
    if held != dimensions:
        raise SpaceMismatch(_OTHER.format(name=name, how=f"gives {dimensions} numbers a face, not {held}"))
    if None not in (weights, made_with) and weights != made_with:
        raise SpaceMismatch(
            _OTHER.format(name=name, how="has other weights or other numbers in its TOML file")
        )


_OTHER = (
    "The faces that the database holds as {name} come from another model than the present one, which {how}. "
    "Give it another version in its TOML file (docs/recognizers.md); `findme reindex EVENT` then moves an "
    "event to it. Or bring the former model back."
)


def row(connection: Connection, name: str) -> int | None:
    """The row of a space, or None."""
    found = connection.execute("SELECT id FROM spaces WHERE name = %s", (name,)).fetchone()
    return None if found is None else int(found[0])
