"""Waiting for a source: what ends an outage, so that the next one has the whole patience again."""

from __future__ import annotations

import threading
import time

import pytest

from pipeline.errors import SourceAway
from pipeline.patience import Patience
from pipeline.patient_reading import PatientReading
from pipeline.reading import Outcome, Read, Unread, read_photo
from pipeline.types import SourceEntry
from tests.fakes.channel import FakeChannel
from tests.fakes.recognizer import RED, picture, squares

WHOLE = 0.3
PATIENCE = Patience(first=0.01, longest=0.01, whole=WHOLE)


class Source(FakeChannel):
    """A channel that some reads of which do not come: the names in `silent`, one after the other."""

    def __init__(self) -> None:
        super().__init__({"bad.png": b"no photo", "good.png": picture(RED), "next.png": picture(RED, seed=1)})
        self.silent: list[str] = []
        self.before_reading = self._fail
        self.listed = {entry.name: entry for entry in self.entries()}

    def _fail(self, name: str) -> None:
        if self.silent and self.silent[0] == name:
            self.silent.pop(0)
            raise SourceAway(f"{name} does not come.")


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
def read(source: Source) -> PatientReading:
    def once(entry: SourceEntry) -> Outcome:
        return read_photo(source, squares(), (), entry)

    return PatientReading(source, once, PATIENCE, threading.Event())


def test_an_unreadable_photo_that_comes_ends_an_outage(source: Source, read: PatientReading) -> None:
    source.silent = ["bad.png"]
    assert isinstance(read(source.listed["bad.png"]), Unread)
    time.sleep(WHOLE)
    source.silent = ["good.png"]
    assert isinstance(read(source.listed["good.png"]), Read)


def test_a_photo_that_came_before_and_comes_again_ends_an_outage(
    source: Source, read: PatientReading
) -> None:
    read(source.listed["good.png"])
    source.silent = ["bad.png", "good.png", *["bad.png"] * PATIENCE.faults]
    outcome = read(source.listed["bad.png"])
    assert isinstance(outcome, Unread)
    assert outcome.silent
    time.sleep(WHOLE)
    source.silent = ["next.png", "good.png"]
    assert isinstance(read(source.listed["next.png"]), Read)


def test_an_outage_is_waited_for_as_long_as_patience_lasts(source: Source, read: PatientReading) -> None:
    source.silent = ["good.png"] * 1000
    with pytest.raises(SourceAway, match="Nothing came for"):
        read(source.listed["good.png"])
