"""Faces as rows: the columns that every table of faces has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, LiteralString

import numpy as np
from pgvector import Vector

from pipeline.types import Box, Face

COLUMNS: LiteralString = "x, y, width, height, score, sharpness, landmarks, embedding"
PLACES: LiteralString = "%s, %s, %s, %s, %s, %s, %s, %s"


def as_vector(embedding: np.ndarray[Any, np.dtype[np.float32]]) -> Vector:
    """An embedding as the driver takes it."""
    return Vector(np.asarray(embedding, dtype=np.float32))


def to_row(face: Face) -> tuple[Any, ...]:
    """The values of COLUMNS."""
    box = face.box
    landmarks = None if face.landmarks is None else [float(number) for number in face.landmarks.ravel()]
    return (
        float(box.x),
        float(box.y),
        float(box.width),
        float(box.height),
        float(face.score),
        float(face.sharpness),
        landmarks,
        as_vector(face.embedding),
    )


def from_row(row: Sequence[Any]) -> Face:
    """A face from the values of COLUMNS."""
    x, y, width, height, score, sharpness, landmarks, embedding = row
    return Face(
        box=Box(x, y, width, height),
        score=score,
        landmarks=None if landmarks is None else np.array(landmarks, dtype=np.float32).reshape(5, 2),
        sharpness=sharpness,
        embedding=np.asarray(
            embedding.to_numpy() if isinstance(embedding, Vector) else embedding, np.float32
        ),
    )
