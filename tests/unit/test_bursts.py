"""Shots of one moment among the photos that were found."""

from __future__ import annotations

import io
from datetime import datetime, timedelta

import cv2
import numpy as np
import pytest
from PIL import Image

from pipeline import images
from pipeline.bursts import MOMENT, SAME_MOMENT, SAME_PHOTO, alike, bursts
from pipeline.images.dhash import bits_apart, dhash
from pipeline.types import Box, Look, Match, Pixels, Strength

NOON = datetime(2026, 6, 1, 12, 0, 0)


def found(*photos: int, event: int = 1) -> list[Match]:
    """Matches of these rows, best first."""
    return [
        Match("party", event, f"{photo}.jpg", photo, 0.1, 0.9, Strength.STRONG, Box(0, 0, 1, 1))
        for photo in photos
    ]


def scene(seed: int, size: tuple[int, int] = (1200, 900)) -> Pixels:
    """Soft blobs of many sizes, as a photo has them."""
    random = np.random.default_rng(seed)
    pixels = cv2.resize(
        random.integers(0, 255, (6, 8, 3), dtype=np.uint8), size, interpolation=cv2.INTER_CUBIC
    )
    return np.asarray(pixels, np.uint8)


def saved(picture: Image.Image, quality: int) -> Pixels:
    """What is decoded of a JPEG of the picture."""
    data = io.BytesIO()
    picture.save(data, "JPEG", quality=quality)
    return images.decode(data.getvalue()).pixels


def bits(number: int) -> int:
    """A hash that differs in so many bits from 0."""
    return (1 << number) - 1


def test_the_best_shot_of_each_burst_comes_first() -> None:
    looks = {
        1: Look(0, NOON),
        2: Look(-1, NOON),  # another scene
        3: Look(bits(3), NOON + timedelta(seconds=1)),
        4: Look(bits(5), NOON - timedelta(seconds=2)),
        5: Look(~bits(2), NOON + timedelta(seconds=3)),
    }
    groups = bursts(found(1, 2, 3, 4, 5), looks)
    assert [(one.best.photo_id, [match.photo_id for match in one.similar]) for one in groups] == [
        (1, [3, 4]),
        (2, [5]),
    ]


def test_most_limits_the_bursts_not_their_shots() -> None:
    looks = {1: Look(0, NOON), 2: Look(-1, NOON), 3: Look(1, NOON), 4: Look(0x0F0F0F0F, NOON)}
    (only,) = bursts(found(1, 2, 3, 4), looks, most=1)
    assert (only.best.photo_id, [match.photo_id for match in only.similar]) == (1, [3])
    assert bursts([], {}, most=3) == []


def test_a_slow_change_stays_many_bursts() -> None:
    """Each shot resembles the one before; it must resemble the best one."""
    step = SAME_MOMENT - 1
    looks = {place: Look(bits(place * step), NOON) for place in range(4)}
    assert [one.best.photo_id for one in bursts(found(0, 1, 2, 3), looks)] == [0, 2]


def test_photos_of_two_events_are_no_burst() -> None:
    looks = {1: Look(0, NOON), 2: Look(0, NOON)}
    assert len(bursts([*found(1), *found(2, event=2)], looks)) == 2


def test_looks_and_time_must_both_say_so() -> None:
    now, soon, later = NOON, NOON + MOMENT, NOON + MOMENT + timedelta(seconds=1)
    assert alike(Look(0, now), Look(bits(SAME_MOMENT), soon))
    assert not alike(Look(0, now), Look(bits(SAME_MOMENT + 1), now))
    assert not alike(Look(0, now), Look(0, later)), "the same place at another time"


@pytest.mark.parametrize("when", [None, NOON])
def test_without_a_time_only_copies_are_alike(when: datetime | None) -> None:
    assert alike(Look(0, None), Look(bits(SAME_PHOTO), when))
    assert alike(Look(0, when), Look(bits(SAME_PHOTO), None))
    assert not alike(Look(0, None), Look(bits(SAME_PHOTO + 1), when))


def test_a_copy_joins_its_photo_and_photos_of_other_times_stay_apart() -> None:
    looks = {1: Look(0, NOON), 2: Look(1, None), 3: Look(0, NOON + timedelta(hours=1))}
    groups = bursts(found(1, 2, 3), looks)
    assert [(one.best.photo_id, [match.photo_id for match in one.similar]) for one in groups] == [
        (1, [2]),
        (3, []),
    ]


def test_a_photo_that_was_saved_again_or_made_smaller_is_a_copy() -> None:
    photo = Image.fromarray(scene(1))
    copies = [photo, photo.resize((600, 450)), photo.resize((400, 300))]
    looks = [
        Look(dhash(saved(copy, quality)), None) for copy, quality in zip(copies, (50, 75, 75), strict=True)
    ]
    assert all(alike(Look(dhash(scene(1)), None), look) for look in looks)


def test_what_was_indexed_before_is_not_collapsed() -> None:
    assert not alike(Look(None, NOON), Look(None, NOON))
    assert len(bursts(found(1, 2), {})) == 2


def test_copies_look_alike_and_others_do_not() -> None:
    pixels = scene(1)
    small = np.asarray(cv2.resize(pixels, (400, 300), interpolation=cv2.INTER_AREA))
    lighter = np.clip(pixels.astype(int) + 12, 0, 255).astype(np.uint8)
    for copy in (small, lighter):
        assert bits_apart(dhash(pixels), dhash(np.asarray(copy, np.uint8))) <= 4
    others = [bits_apart(dhash(pixels), dhash(scene(seed))) for seed in range(2, 30)]
    assert min(others) > SAME_MOMENT


def test_a_hash_is_what_the_database_keeps() -> None:
    for pixels in (
        scene(3),
        np.zeros((1, 1, 3), np.uint8),
        scene(4, (90, 3000)),
        np.full((7, 5, 3), 9, np.uint8),
    ):
        assert -(2**63) <= dhash(pixels) < 2**63
    assert bits_apart(-1, 0) == 64
    assert bits_apart(-(2**63), 0) == 1
