"""From one face to all photos of the person: expansion, faces beside, quality."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pipeline.calibration import DLIB, FEW, Calibration, Quality
from pipeline.likeness import Likeness
from pipeline.memory_gallery import MemoryGallery
from pipeline.ranking import MARGIN, Hit, ranked
from pipeline.types import Box, Face

PLAIN = Calibration(threshold=0.6, strong=0.3, even=0.6, steepness=10.0)
EXPANDING = Calibration(threshold=0.6, strong=0.3, even=0.6, steepness=10.0, expands=True)


def face(*place: float, size: float = 200, sharpness: float = 5.0) -> Face:
    """A face whose vector starts with these numbers."""
    vector = np.zeros(4, np.float32)
    vector[: len(place)] = place
    return Face(Box(0, 0, size, size), 1.0, None, sharpness, vector)


PROBE = face(0.0)


def found(photos: list[list[Face]], calibration: Calibration, *probes: Face) -> dict[int, float]:
    """The photos that are found, by their numbers, with the distances that count."""
    hits = ranked(MemoryGallery(photos), probes or [PROBE], calibration)
    assert hits == sorted(hits, key=lambda hit: hit.distance)
    return {hit.photo: pytest.approx(hit.distance, abs=1e-6) for hit in hits}


def test_a_photo_counts_once_by_its_best_face() -> None:
    photos = [[face(0.5), face(0.2)], [], [face(0.7)], [face(0.0, 0.1)]]
    assert found(photos, PLAIN) == {3: 0.1, 0: 0.2}


def test_nothing_is_found_in_nothing() -> None:
    assert ranked(MemoryGallery([]), [PROBE], EXPANDING) == []
    assert ranked(MemoryGallery([[], [face(3.0)]]), [PROBE], EXPANDING) == []


def test_strong_hits_find_what_the_probe_alone_does_not() -> None:
    photos = [[face(0.3)], [face(0.28, 0.1)], [face(0.65)]]
    assert set(found(photos, PLAIN)) == {0, 1}
    assert set(found(photos, EXPANDING)) == {0, 1, 2}


def test_what_strong_hits_find_is_never_strong_and_finds_nothing_more() -> None:
    photos = [[face(0.29)], [face(0.31)], [face(0.65)], [face(0.9)]]
    hits = ranked(MemoryGallery(photos), [PROBE], EXPANDING)
    assert [hit.photo for hit in hits] == [0, 1, 2]
    assert all(hit.distance > EXPANDING.strong for hit in hits[1:])


def test_what_strong_hits_find_keeps_its_order_beyond_them() -> None:
    """Those that are as near to all together as strong ones come by that distance, whatever their numbers."""
    photos = [[face(0.29, 0.0)], [face(0.0, 0.34)], [face(0.33)], [face(0.31, 0.05)], [face(0.0, 0.31)]]
    hits = ranked(MemoryGallery(photos), [PROBE], EXPANDING)
    assert [hit.photo for hit in hits] == [0, 3, 2, 4, 1]
    assert EXPANDING.strong < hits[1].distance < hits[2].distance < EXPANDING.strong + MARGIN


def test_what_is_far_from_the_strong_hits_is_no_hit() -> None:
    """Near the probe alone, as a stranger may be by chance."""
    photos = [[face(0.29)], [face(0.28, 0.05)], [face(-0.55)], [face(0.55)]]
    assert set(found(photos, PLAIN)) == {0, 1, 2, 3}
    assert set(found(photos, EXPANDING)) == {0, 1, 3}


def test_the_bar_for_all_together_is_stricter_among_many_faces() -> None:
    photos = [[face(0.29)], [face(0.0, 0.5)], [face(0.65)]]
    crowded = replace(EXPANDING, crowd_cost=0.02)
    assert set(found(photos, crowded.among(FEW))) == {0, 1, 2}
    assert set(found(photos, crowded.among(FEW * 16))) == {0}
    assert set(found(photos, replace(crowded, crowd_cost=0.0).among(FEW * 16))) == {0, 1}, "finds no more"
    assert set(found([[face(0.5)]], crowded.among(FEW * 16))) == {0}, "no strong hit, nothing to compare with"


def test_without_a_strong_hit_nothing_is_expanded() -> None:
    assert set(found([[face(0.4)], [face(0.65)]], EXPANDING)) == {0}


def test_a_face_that_is_nearer_to_somebody_beside_a_strong_hit_is_no_hit() -> None:
    """A stranger stands beside the person in photo 0, and is alone and a little like them in photo 1."""
    photos = [[face(0.2), face(0.0, 0.7)], [face(0.0, 0.55)]]
    assert set(found(photos, PLAIN)) == {0, 1}
    assert set(found(photos, EXPANDING)) == {0}


def test_a_second_face_as_near_as_a_strong_one_is_nobody_else() -> None:
    """In a mirror, on a screen, detected twice."""
    photos = [[face(0.0, 0.2), face(0.29)], [face(0.45)]]
    assert set(found(photos, EXPANDING)) == {0, 1}


def test_a_strong_hit_stays_whoever_stands_beside() -> None:
    photos = [[face(0.0, 0.1), face(0.35)], [face(0.29)]]
    assert set(found(photos, EXPANDING)) == {0, 1}


def test_several_probes_count_together() -> None:
    """The second photo of the person shows that what is near the first one alone is somebody else."""
    photos = [[face(0.25)], [face(-0.5)]]
    assert set(found(photos, PLAIN)) == {0, 1}
    assert found(photos, PLAIN, face(0.0), face(0.5)) == {0: 0.25}


def test_a_small_face_must_be_nearer() -> None:
    quality = Quality(size_cost=0.05)
    calibration = Calibration(threshold=0.6, strong=0.3, even=0.6, steepness=10.0, quality=quality)
    assert found([[face(0.5, size=100)], [face(0.5, size=50)]], calibration) == {0: 0.5, 1: 0.55}
    assert found([[face(0.58, size=50)]], calibration) == {}


def test_what_is_near_a_small_probe_must_be_nearer_and_the_largest_probe_counts() -> None:
    quality = Quality(probe_cost=0.05, clear_probe=60.0, least_probe=15.0)
    calibration = replace(PLAIN, quality=quality)
    photos = [[face(0.48)], [face(0.54)]]
    assert found(photos, calibration, face(0.0, size=60)) == {0: 0.48, 1: 0.54}
    assert found(photos, calibration, face(0.0, size=30)) == {0: 0.53, 1: 0.59}
    assert found(photos, calibration, face(0.0, size=7)) == {0: 0.58}
    assert found(photos, calibration, face(0.0, size=7), face(0.0, size=60)) == {0: 0.48, 1: 0.54}


def test_a_strong_hit_of_a_small_probe_brings_its_own_size() -> None:
    calibration = replace(EXPANDING, quality=Quality(probe_cost=0.05, clear_probe=60.0, least_probe=15.0))
    photos = [[face(0.19)], [face(0.56)]]
    assert found(photos, replace(calibration, expands=False), face(0.0, size=15)) == {0: 0.29}
    assert set(found(photos, calibration, face(0.0, size=15))) == {0, 1}


def test_two_blurred_faces_must_be_nearer() -> None:
    quality = Quality(blur_cost=0.05, clear=2.0)
    calibration = Calibration(threshold=0.6, strong=0.3, even=0.6, steepness=10.0, quality=quality)
    blurred = face(0.5, sharpness=1.0)
    assert found([[blurred]], calibration, face(0.0, sharpness=1.0)) == {0: 0.55}
    assert found([[blurred]], calibration, face(0.0, sharpness=4.0)) == {0: 0.5}


def test_the_cost_of_quality_never_falls_as_faces_get_worse() -> None:
    def person(size: float, sharpness: float) -> Likeness:
        return Likeness.of([PROBE.embedding], sharpness, size)

    sizes = [DLIB.quality.cost(size, 5.0, person(500, 5.0)) for size in (1000, 100, 70, 40, 20, 1)]
    blurs = [DLIB.quality.cost(500, sharp, person(500, 0.1)) for sharp in (9, 2, 1.5, 1, 0.4, 0)]
    probes = [DLIB.quality.cost(500, 5.0, person(size, 5.0)) for size in (500, 60, 40, 25, 13, 1)]
    for costs in (sizes, blurs, probes):
        assert costs == sorted(costs)
        assert costs[0] == 0 < costs[-1] < 0.05


def test_a_hit_names_the_face() -> None:
    (hit,) = ranked(MemoryGallery([[], [face(3.0), face(0.1)]]), [PROBE], PLAIN)
    assert hit == Hit(photo=1, face=1, distance=pytest.approx(0.1))
