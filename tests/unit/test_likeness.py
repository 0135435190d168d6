"""Several faces of one person as one point with a spread."""

from __future__ import annotations

import math

import numpy as np
import pytest

from pipeline.likeness import Likeness


def test_one_face_is_itself() -> None:
    vector = np.array([3, 4], np.float32)
    one = Likeness.of([vector], gain=0.5)
    assert one.mean.tolist() == vector.tolist()
    assert (one.distance(0.3), one.reach(0.3)) == (0.3, 0.3)


def test_the_distance_is_the_root_of_the_mean_square() -> None:
    rng = np.random.default_rng(4)
    faces, other = rng.normal(size=(5, 128)).astype(np.float32), rng.normal(size=128).astype(np.float32)
    together = Likeness.of(list(faces))
    expected = math.sqrt(((faces - other) ** 2).sum(axis=1).mean())
    assert together.distance(float(np.linalg.norm(together.mean - other))) == pytest.approx(
        expected, rel=1e-5
    )


def test_the_same_picture_given_twice_counts_once() -> None:
    one, other = np.array([0, 0], np.float32), np.array([0.2, 0], np.float32)
    again = one + np.float32(1e-6)
    twice = Likeness.of([one, again], gain=0.02)
    assert (twice.distance(0.3), twice.spread) == (0.3, 0.0)
    three, two = Likeness.of([one, other, again], gain=0.02), Likeness.of([one, other], gain=0.02)
    assert three.mean.tolist() == two.mean.tolist()
    assert three.distance(0.3) == two.distance(0.3)


def test_reach_is_the_distance_turned_round() -> None:
    together = Likeness.of([np.array([0, 0], np.float32), np.array([0.2, 0], np.float32)], gain=0.02)
    assert together.distance(together.reach(0.5)) == pytest.approx(0.5)


def test_faces_that_are_far_apart_reach_nothing() -> None:
    together = Likeness.of([np.array([0, 0], np.float32), np.array([4, 0], np.float32)])
    assert together.reach(0.5) < 0
