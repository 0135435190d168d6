"""Vectors of length one: for models whose faces are compared by the cosine of their vectors."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray


def of_length_one(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """The vectors (n, d), each divided by its length; one of length zero stays as it is.

    The store compares by Euclidean distance. Between vectors of length one that orders faces as the cosine
    does: distance = sqrt(2 - 2 cosine).
    """
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(lengths > 0, lengths, 1), np.float32)


def distance_of(cosine: float) -> float:
    """The Euclidean distance of two vectors of length one whose cosine is `cosine`, -1..1."""
    return math.sqrt(2 - 2 * cosine)
