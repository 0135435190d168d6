"""A second, closer look at each candidate: is it a face, and where exactly are its landmarks?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.detectors.overlaps import without_overlaps
from pipeline.geometry import in_pixels, similarity, warped
from pipeline.ports import Detector
from pipeline.types import Box, Detection, Image

SIDE = 160
"""Side of the cut-out that is looked at, in pixels."""

AROUND = 2.0
"""Side of the cut-out over that of the candidate's box.

The face is then about 80 pixels wide, where landmarks are most exact. Those of faces much larger than that
(640 pixels) were measured to move vectors by 0.28, where 0.58 is still a match.
"""

SCORE_FLOOR = 0.4
"""What the second look must score.

Less sure candidates than that are found so, small faces above all: on composed events of 6 megapixels recall
rises from .94 to .97, and precision from .97 to .995, because the landmarks are better
too. See benchmarks/detection.py for what it leaves out on labelled group photos.
"""

GREY = 114  # beyond the photo's edge: nearer to what surrounds faces than black is
OFF_CENTRE = 0.2  # how far from the middle the face may lie, as a share of the cut-out's side
SIZES = (0.4, 2.0)  # of its box, in multiples of the candidate's
CANDIDATES = 200  # best-scored ones that are looked at: 6 ms each
OVERLAP = 0.3  # intersection over union above which two boxes are one face


@dataclass(frozen=True, slots=True)
class SecondLook:
    """Runs one detector over a photo, and another over a cut-out around each face that the first suspects."""

    suggests: Detector  # with a low floor
    judges: Detector  # is shown the cut-outs

    def detect(self, image: Image) -> list[Detection]:
        """The faces, by falling score, in pixels of the full-size upright photo."""
        candidates = self.suggests.detect(image)[:CANDIDATES]
        looks = [self._closer(image, candidate.box) for candidate in candidates]
        return without_overlaps([look for look in looks if look is not None], OVERLAP)

    def _closer(self, image: Image, box: Box) -> Detection | None:
        """The best face in the middle of the cut-out around a box."""
        corner, side = _surroundings(box)
        seen = self.judges.detect(_cut_out(image, corner, side))
        faces = [face for face in seen if face.score >= SCORE_FLOOR and _same(face.box, box, side)]
        return _placed(max(faces, key=lambda face: face.score), corner, side / SIDE) if faces else None


def _surroundings(box: Box) -> tuple[tuple[float, float], float]:
    """Top left corner (x, y) and side of the square around a box, in full-size pixels."""
    x, y = box.centre
    side = AROUND * max(box.width, box.height)
    return (x - side / 2, y - side / 2), side


def _cut_out(image: Image, corner: tuple[float, float], side: float) -> Image:
    """That square as a photo of its own."""
    x, y = corner
    corners = in_pixels(np.array([[x, y], [x + side, y], [x, y + side]]), image)
    chip = np.array([[0, 0], [SIDE, 0], [0, SIDE]], np.float64)
    return Image(warped(image.pixels, similarity(corners, chip), SIDE, border=GREY), SIDE, SIDE, 1.0, 0.0)


def _same(seen: Box, candidate: Box, side: float) -> bool:
    """Whether what the cut-out shows is the candidate, and not somebody beside it."""
    x, y = seen.centre
    shift = max(abs(x - SIDE / 2), abs(y - SIDE / 2)) / SIDE
    growth = max(seen.width, seen.height) / SIDE * side / max(candidate.width, candidate.height)
    return shift <= OFF_CENTRE and SIZES[0] <= growth <= SIZES[1]


def _placed(face: Detection, corner: tuple[float, float], scale: float) -> Detection:
    """A face of the cut-out, in pixels of the photo."""
    box, points = face.box, face.landmarks
    return Detection(
        Box(corner[0] + box.x * scale, corner[1] + box.y * scale, box.width * scale, box.height * scale),
        face.score,
        None if points is None else (points * scale + np.array(corner)).astype(np.float32),
    )
