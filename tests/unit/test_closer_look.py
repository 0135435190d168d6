"""Which photos are looked at with more pixels."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.detectors.closer_look import CloserLook
from pipeline.types import Box, Detection, Image


class Sees:
    """A detector that always sees the same, and counts how often it was asked."""

    def __init__(self, *boxes: Box, score: float = 0.8) -> None:
        self._found = [Detection(box, score) for box in boxes]
        self.asked = 0

    def detect(self, _image: Image) -> list[Detection]:
        self.asked += 1
        return self._found


LARGE, SMALL, HIDDEN = Box(0, 0, 300, 300), Box(500, 500, 40, 50), Box(900, 500, 40, 50)
PHOTO = Image(np.zeros((2000, 3000, 3), np.uint8), 3000, 2000, 1.0, 0.0)
LITTLE = Image(np.zeros((800, 1200, 3), np.uint8), 1200, 800, 1.0, 0.0)


@pytest.mark.parametrize(
    ("first", "photo", "looks"),
    [
        ([LARGE], PHOTO, 0),
        ([LARGE, SMALL], PHOTO, 1),
        ([], PHOTO, 1),
        ([SMALL], LITTLE, 0),  # the first look saw every pixel of it
        ([], LITTLE, 0),
    ],
)
def test_photos_of_small_faces_or_none_are(first: list[Box], photo: Image, looks: int) -> None:
    closer = Sees()
    CloserLook(Sees(*first), closer, 1280).detect(photo)
    assert closer.asked == looks


def test_both_looks_count_and_a_face_that_both_see_counts_once() -> None:
    found = CloserLook(Sees(LARGE, SMALL), Sees(SMALL, HIDDEN, score=0.9), 1280).detect(PHOTO)
    assert {(face.box, face.score) for face in found} == {(LARGE, 0.8), (SMALL, 0.9), (HIDDEN, 0.9)}
    assert [face.score for face in found] == [0.9, 0.9, 0.8]
