"""What CenterFace's cells say, on made ones."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.detectors.centerface import CANDIDATES, decoded
from pipeline.detectors.centerface_graph import CHANNELS

Cells = NDArray[np.float32]


def nothing(rows: int = 40, columns: int = 60) -> Cells:
    cells = np.zeros((rows, columns, CHANNELS), np.float32)
    cells[:, :, 0] = -9
    return cells


def mark(cells: Cells, row: int, column: int, score: float, *, height: float, width: float) -> None:
    """A face in that cell, a quarter of a cell below and an eighth right of its middle, eyes above mouth."""
    cells[row, column, :5] = (
        math.log(score / (1 - score)),
        math.log(height / 4),
        math.log(width / 4),
        0.25,
        0.125,
    )
    cells[row, column, 5:] = np.array([(0.4, 0.3), (0.4, 0.7), (0.6, 0.5), (0.8, 0.35), (0.8, 0.65)]).ravel()


def test_a_cell_gives_box_score_and_landmarks() -> None:
    cells = nothing()
    mark(cells, 10, 20, 0.8, height=48, width=32)
    (face,) = decoded(cells, 0.4)
    middle_x, middle_y = (20 + 0.5 + 0.125) * 4, (10 + 0.5 + 0.25) * 4
    assert (face.box.width, face.box.height) == pytest.approx((32, 48))
    assert face.box.centre == pytest.approx((middle_x, middle_y))
    assert face.score == pytest.approx(0.8)
    assert face.landmarks is not None
    left, top = middle_x - 16, middle_y - 24
    expected = [
        (left + 0.3 * 32, top + 0.4 * 48),
        (left + 0.7 * 32, top + 0.4 * 48),
        (left + 0.5 * 32, top + 0.6 * 48),
        (left + 0.35 * 32, top + 0.8 * 48),
        (left + 0.65 * 32, top + 0.8 * 48),
    ]
    np.testing.assert_allclose(face.landmarks, expected, rtol=1e-5)
    assert face.landmarks.dtype == np.float32


def test_of_cells_that_mean_the_same_face_the_surest_counts() -> None:
    cells = nothing()
    for column, score in ((20, 0.6), (21, 0.9), (22, 0.7), (50, 0.5), (40, 0.3)):
        mark(cells, 10, column, score, height=24, width=24)
    assert [round(face.score, 2) for face in decoded(cells, 0.4)] == [0.9, 0.5]


def test_noise_costs_no_more_than_so_many_candidates() -> None:
    """The best of them, however small: each cell is a face of its own here."""
    cells = nothing(60, 60)
    for number in range(60 * 60):
        mark(cells, number // 60, number % 60, 0.5 + number / 10_000, height=1, width=1)
    faces = decoded(cells, 0.4)
    assert len(faces) == CANDIDATES < 60 * 60
    assert faces[-1].score == pytest.approx(0.5 + (60 * 60 - CANDIDATES) / 10_000)
