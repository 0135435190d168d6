"""Distances in words and numbers."""

from __future__ import annotations

import pytest

from pipeline.calibration import CLIP, DLIB, LEAST, MOST, TINY, UNMEASURED, Calibration
from pipeline.types import Strength
from pipeline.unit_calibration import SFACE


@pytest.mark.parametrize("calibration", [DLIB, CLIP, SFACE])
def test_confidence_falls_with_distance_and_stays_within_its_bounds(calibration: Calibration) -> None:
    values = [calibration.confidence(step / 50) for step in range(2000)]
    assert values == sorted(values, reverse=True)
    assert max(values) <= MOST
    assert min(values) == LEAST


def test_odds_are_even_where_they_are_said_to_be() -> None:
    assert DLIB.confidence(DLIB.even) == pytest.approx(0.5)


def test_an_absurd_distance_does_no_harm() -> None:
    assert DLIB.confidence(1e9) == LEAST
    assert DLIB.confidence(float("inf")) == LEAST


def test_strength() -> None:
    assert DLIB.strength(0.3) is Strength.STRONG
    assert DLIB.strength(DLIB.threshold) is Strength.POSSIBLE
    assert DLIB.confidence(DLIB.strong) > 0.95


@pytest.mark.parametrize("calibration", [CLIP, SFACE])
def test_what_nobody_measured_is_never_sure(calibration: Calibration) -> None:
    assert calibration.strength(0.0) is Strength.POSSIBLE
    assert calibration.confidence(0.0) == UNMEASURED


def test_nothing_is_strong_beside_a_tiny_face() -> None:
    assert DLIB.strength(0.3, TINY) is Strength.STRONG
    assert DLIB.strength(0.3, TINY - 1) is Strength.POSSIBLE
