"""Shots of one moment: which of the photos that were found show nearly the same; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from pipeline.images.dhash import bits_apart
from pipeline.types import Look, Match

MOMENT = timedelta(seconds=10)
"""How far apart, by the camera's clock, shots of one moment are taken at most."""

SAME_MOMENT = 14
"""Bits of 64 that they differ in at most.

Of second shots made of labelled photos (turned by up to 1.5 degrees, shifted by up to 3 %, zoomed by up to
4 %, 10 % lighter or darker), 96 to 99 % are within 14 bits; of different photos, 0 to 1.1 %, whenever they
were taken. See benchmarks/bursts.py.
"""

SAME_PHOTO = 3
"""Bits of 64 that they differ in at most where one does not say when it was taken: copies of one photo.

Messengers and web pages take the time away, and save the photo anew or smaller. Of copies saved at a JPEG
quality of 50 and more all are within 3 bits, of those at half or a third of the size 96 %; of 4,566 pairs of
different photos none, and the nearest two are 4 bits apart. See benchmarks/bursts.py.
"""


@dataclass(frozen=True, slots=True)
class Burst:
    """A photo, and those that show nearly the same."""

    best: Match
    similar: tuple[Match, ...] = ()  # best first


def bursts(matches: Sequence[Match], looks: Mapping[int, Look], most: int | None = None) -> list[Burst]:
    """The first `most` bursts among the matches, which come best first; looks: by photo_id.

    A photo belongs to the first burst whose best shot it resembles: the best one, not any of the others, so
    that a slow change over many photos stays many bursts.
    """
    unknown = Look(None, None)
    found: list[tuple[Match, list[Match]]] = []
    for match in matches:
        look = looks.get(match.photo_id, unknown)
        for best, similar in found:
            if best.event_id == match.event_id and alike(looks.get(best.photo_id, unknown), look):
                similar.append(match)
                break
        else:
            if most is None or len(found) < most:
                found.append((match, []))
    return [Burst(best, tuple(similar)) for best, similar in found]


def alike(one: Look, other: Look) -> bool:
    """Whether two photos are shots of one moment: taken within seconds, and looking nearly the same.

    Where one of them does not say when it was taken, only copies are: a photo too many is better than one
    hidden.
    """
    if one.dhash is None or other.dhash is None:
        return False
    apart = bits_apart(one.dhash, other.dhash)
    if one.taken_at is None or other.taken_at is None:
        return apart <= SAME_PHOTO
    return abs(one.taken_at - other.taken_at) <= MOMENT and apart <= SAME_MOMENT
