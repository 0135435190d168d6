"""Events of made faces in a database: rows as indexing writes them, by PostgreSQL's binary COPY."""

from __future__ import annotations

from collections.abc import Iterator
from typing import LiteralString

import numpy as np
from numpy.typing import NDArray

from benchmarks.vectors import DIMENSIONS, Crowd
from pipeline.store import Connection, events, spaces
from pipeline.types import Event, EventKey

FACES_A_PHOTO = 5
CHUNK = 20_000  # rows at once
REAL = 700  # PostgreSQL's number of the type

_FACES: LiteralString = (
    "COPY faces (event_id, photo_id, space_id, x, y, width, height, score, sharpness, landmarks, embedding)"
    " FROM STDIN (FORMAT binary)"
)
_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_TRAILER = b"\xff\xff"


def fill(connection: Connection, space: str, slug: str, crowd: Crowd, team: str = "") -> int:
    """Makes an event of a crowd's faces; returns its row."""
    space_id = spaces.ensure(connection, space, space.rpartition("-")[0], DIMENSIONS)
    event = events.add(connection, EventKey(slug, team), f"/made/{slug}", space_id)
    _add(connection, event, space_id, crowd)
    return event


def add_faces(connection: Connection, event: Event, crowd: Crowd) -> None:
    """Puts a crowd's faces beside those of an event that there is."""
    space_id = spaces.ensure(connection, event.space, event.recognizer, DIMENSIONS)
    _add(connection, event.id, space_id, crowd)


def _add(connection: Connection, event: int, space_id: int, crowd: Crowd) -> None:
    """Photos of FACES_A_PHOTO faces each, in one transaction."""
    photos = -(-len(crowd.people) // FACES_A_PHOTO)
    with connection.transaction():
        connection.execute("SELECT set_config('statement_timeout', '0', true)")
        first = connection.execute(
            """
            WITH made AS (
                INSERT INTO photos (event_id, sha256, width, height, faces)
                SELECT %(event)s, sha256(convert_to(n::text, 'UTF8')), 4000, 3000, %(faces)s
                FROM generate_series(1, %(photos)s) AS n RETURNING id
            ), named AS (
                INSERT INTO files (event_id, name, size, fingerprint, photo_id)
                SELECT %(event)s, 'IMG_' || id || '.jpg', 3000000, 'made', id FROM made
            ) SELECT min(id) FROM made
            """,
            {"event": event, "faces": FACES_A_PHOTO, "photos": photos},
        ).fetchone()
        assert first is not None
        with connection.cursor().copy(_FACES) as copy:
            copy.write(_HEADER)
            for rows in _rows(crowd, event, int(first[0]), space_id):
                copy.write(rows.tobytes())
            copy.write(_TRAILER)
        connection.execute(
            "UPDATE events SET photos = photos + %s, faces = faces + %s WHERE id = %s",
            (photos, len(crowd.people), event),
        )


def _rows(crowd: Crowd, event: int, photo: int, space: int) -> Iterator[NDArray[np.void]]:
    """The faces as the server reads them: each field after its length, numbers with their high byte first."""
    landmark = [("length", ">i4"), ("value", ">f4")]
    fields: list[tuple[str, object]] = [("event", ">i8"), ("photo", ">i8"), ("space", ">i2")]
    fields += [(name, ">f4") for name in ("x", "y", "width", "height", "score", "sharpness")]
    fields += [
        ("landmarks", [("head", ">i4", 5), ("of", landmark, 10)]),
        ("embedding", [("dim", ">i2"), ("unused", ">i2"), ("values", ">f4", DIMENSIONS)]),
    ]
    row = np.dtype(
        [("fields", ">i2")]
        + [part for name, kind in fields for part in ((f"{name} length", ">i4"), (name, kind))]  # type: ignore[arg-type]
    )
    for start in range(0, len(crowd.people), CHUNK):
        embeddings = crowd.embeddings[start : start + CHUNK]
        rows = np.zeros(len(embeddings), row)
        rows["fields"] = len(fields)
        for name, _ in fields:
            rows[f"{name} length"] = row[name].itemsize
        rows["event"], rows["space"] = event, space
        rows["photo"] = photo + (start + np.arange(len(rows))) // FACES_A_PHOTO
        rows["width"] = rows["height"] = 120
        rows["x"], rows["score"], rows["sharpness"] = np.arange(len(rows)) % FACES_A_PHOTO * 200, 0.9, 5.0
        rows["landmarks"]["head"] = [
            1,
            0,
            REAL,
            10,
            1,
        ]  # one axis, no NULL, its type, its length, counted from 1
        rows["landmarks"]["of"]["length"] = 4
        rows["embedding"]["dim"], rows["embedding"]["values"] = DIMENSIONS, embeddings
        yield rows
