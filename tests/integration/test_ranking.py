"""Every step of the ranking on a real database, by the default recognizer's calibration."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pytest

from benchmarks.vectors import Floats, Humanity
from pipeline.calibration import DLIB, Calibration, Quality
from pipeline.memory_gallery import MemoryGallery
from pipeline.ranking import ranked
from pipeline.store import Store, events, faces, photos, spaces
from pipeline.store.candidates import StoredGallery
from pipeline.types import Box, EventKey, Face

PEOPLE, PHOTOS = 16, 120


@dataclass(frozen=True, slots=True, eq=False)
class Party:
    """Photos of people, every second one of whom looks like the one before, and is often beside."""

    album: list[list[Face]]
    shown: list[list[int]]  # who, in the order of a photo's faces
    probes: list[Face]  # a new face of each


def party() -> Party:
    random = np.random.default_rng(6)
    humanity = Humanity(seed=6)
    people = humanity.people(PEOPLE)
    people[1::2] = 0.5 * people[1::2] + 0.5 * people[::2]
    shown = [_together(random) for _ in range(PHOTOS)]
    album = [_photo(humanity.faces(people[who]), random) for who in shown]
    probes = [Face(Box(0, 0, 200, 200), 0.9, None, 1.0, vector) for vector in humanity.faces(people)]
    return Party(album, shown, probes)


def _together(random: np.random.Generator) -> list[int]:
    who = random.choice(PEOPLE, random.integers(1, 5), replace=False).tolist()
    return sorted({*who, who[0] ^ 1} if random.random() < 0.5 else who)


def _photo(vectors: Floats, random: np.random.Generator) -> list[Face]:
    """Faces of 20 to 200 pixels, some of them blurred."""
    sizes, sharpness = random.uniform(20, 200, len(vectors)), random.uniform(0.3, 5, len(vectors))
    return [
        Face(Box(0, 0, float(size), float(size)), 0.9, None, float(sharp), vector)
        for size, sharp, vector in zip(sizes, sharpness, vectors, strict=True)
    ]


@pytest.fixture
def found(store: Store) -> Callable[[Party, Calibration], list[dict[int, float]]]:
    """What each probe finds, photo: distance; the store's answer, which must be that from memory."""

    made: list[Calibration] = []

    def rank(party: Party, calibration: Calibration) -> list[dict[int, float]]:
        made.append(calibration)
        numbers: list[int] = []
        answers = []
        with store.transaction() as connection:
            space = spaces.ensure(connection, "dlib-2", "dlib", 128)
            event = events.add(connection, EventKey(f"party {len(made)}"), "nowhere", space)
            for number, shown in enumerate(party.album):
                digest = number.to_bytes(32, "big")
                numbers.append(photos.add(connection, event, digest, (1, 1), None, len(shown)))
                faces.add(connection, event, numbers[-1], space, shown)
            for probe in party.probes:
                stored = ranked(StoredGallery(connection, [event]), [probe], calibration)
                held = ranked(MemoryGallery(party.album), [probe], calibration)
                assert [hit.photo for hit in stored] == [numbers[hit.photo] for hit in held]
                distances = [hit.distance for hit in held]
                np.testing.assert_allclose([hit.distance for hit in stored], distances, atol=1e-4)
                answers.append({hit.photo: hit.distance for hit in held})
        return answers

    return rank


def test_each_step_counts_in_the_store_as_in_memory(
    found: Callable[[Party, Calibration], list[dict[int, float]]],
) -> None:
    guests = party()
    whole = found(guests, DLIB)
    careless = found(guests, replace(DLIB, quality=Quality()))
    single = found(guests, replace(DLIB, expands=False))

    def right(answers: list[dict[int, float]]) -> int:
        return sum(who in guests.shown[photo] for who, hits in enumerate(answers) for photo in hits)

    def wrong(answers: list[dict[int, float]]) -> int:
        return sum(map(len, answers)) - right(answers)

    # Small and blurred faces must be nearer; never is one nearer for it.
    assert sum(map(len, careless)) > sum(map(len, whole))
    for hits, other in zip(
        single, found(guests, replace(DLIB, quality=Quality(), expands=False)), strict=True
    ):
        assert hits.keys() <= other.keys()
        assert all(distance >= other[photo] for photo, distance in hits.items())
    # Strong hits find more of the person, and those beside them keep look-alikes out.
    assert right(whole) > right(single)

    assert wrong(whole) < wrong(single) * 2 / 3
    strong = [{photo for photo, at in hits.items() if at <= DLIB.strong} for hits in whole]
    assert strong == [{photo for photo, at in hits.items() if at <= DLIB.strong} for hits in single]
