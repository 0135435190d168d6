"""The speed of a run."""

from __future__ import annotations

import pytest

from bot import words
from bot.pace import STILL, WINDOW, Pace, seconds_left
from pipeline.types import Progress


def at(done: int) -> Progress:
    return Progress(done, 1000, 0, 0)


def test_the_speed_is_that_of_the_photos_read_since_the_first_look() -> None:
    pace = Pace()
    assert pace.speed is None
    pace.note(at(400), 100.0)  # known before: they count for nothing
    assert pace.speed is None
    pace.note(at(450), 110.0)
    assert pace.speed == pytest.approx(5.0)
    assert seconds_left(at(450), pace.speed) == pytest.approx(110.0)


def test_only_the_last_minute_counts() -> None:
    pace = Pace()
    for second in range(300):
        pace.note(at(second), float(second))
    for second in range(300, 400):  # more workers have come
        pace.note(at(300 + (second - 300) * 3), float(second))
    assert pace.speed == pytest.approx(3.0)
    assert len(pace._seen) <= WINDOW + 3


def test_what_stands_still_has_no_speed() -> None:
    pace = Pace()
    for second in range(10):
        pace.note(at(7), float(second))
    assert pace.speed is None
    assert seconds_left(at(7), None) is None


def test_a_run_that_stops_is_still_after_half_a_minute_and_has_no_speed_then() -> None:
    pace = Pace()
    for second in range(100):
        pace.note(at(min(second, 50)), float(second))
        assert pace.still is (second >= 50 + STILL)
        assert (pace.speed is None) is (second == 0 or pace.still)
    pace.note(at(51), 100.0)
    assert not pace.still
    pace.note(at(61), 105.0)
    assert pace.speed == pytest.approx(2.0)  # the standstill counts for nothing


def test_a_run_whose_source_is_not_listed_may_be_still_too() -> None:
    pace = Pace()
    pace.note(None, 0.0)
    assert not pace.still
    pace.note(None, STILL)
    assert pace.still


def test_many_looks_a_second_are_one() -> None:
    pace = Pace()
    for step in range(1000):
        pace.note(at(step), step / 100)
    assert len(pace._seen) < 30
    assert pace.speed == pytest.approx(100, rel=0.1)


def test_it_is_said_in_words() -> None:
    assert words.pace(11.24, 238) == "11.2 photos/s, about 4 min left"
    assert words.pace(140.0, 8000) == "140 photos/s, about 2 h 13 min left"
    assert words.pace(None, None) == ""
