"""A second, closer look at each candidate: is it a face, and where exactly are its landmarks?

Where that leaves a doubt, a third look at more pixels decides.
"""

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

DOUBT_FLOOR = 0.25
"""What the second look must score for a third one, where it scores less than SCORE_FLOOR."""

LARGER_SIDE = 224
"""Side of the cut-out that the third look sees, in pixels: the face is about 112 pixels wide."""

SURE = 0.5
"""What the third look must score.

Of 119 candidates that the second look doubted, in group photos and events of the people of
benchmarks.composed.TUNED_ON, twelve score it, all of them faces: turned, cropped, hidden ones, and open
mouths. What is no face scores .46 at most. A cut-out of another scale, or mirrored, tells them
apart less well.
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
    judges: Detector  # is shown the cut-outs; with a floor of DOUBT_FLOOR it leaves doubts

    def detect(self, image: Image) -> list[Detection]:
        """The faces, by falling score, in pixels of the full-size upright photo."""
        candidates = self.suggests.detect(image)[:CANDIDATES]
        looks = [self._closer(image, candidate.box) for candidate in candidates]
        return without_overlaps([look for look in looks if look is not None], OVERLAP)

    def _closer(self, image: Image, box: Box) -> Detection | None:
        """The face in the middle of the cut-out around a box, as the second look sees it."""
        face = self._seen(image, box, SIDE)
        if face is None or face.score >= SCORE_FLOOR:
            return face
        surer = self._seen(image, box, LARGER_SIDE) if face.score >= DOUBT_FLOOR else None
        return face if surer is not None and surer.score >= SURE else None

    def _seen(self, image: Image, box: Box, pixels: int) -> Detection | None:
        """The best face in the middle of the cut-out, shown so many pixels wide."""
        corner, side = _surroundings(box)
        scale = side / pixels
        seen = self.judges.detect(_cut_out(image, corner, side, pixels))
        placed = [_placed(face, corner, scale) for face in seen]
        faces = [face for face in placed if _same(face.box, box)]
        return max(faces, key=lambda face: face.score, default=None)


def _surroundings(box: Box) -> tuple[tuple[float, float], float]:
    """Top left corner (x, y) and side of the square around a box, in full-size pixels."""
    x, y = box.centre
    side = AROUND * max(box.width, box.height)
    return (x - side / 2, y - side / 2), side


def _cut_out(image: Image, corner: tuple[float, float], side: float, pixels: int) -> Image:
    """That square as a photo of its own, so many pixels wide."""
    x, y = corner
    corners = in_pixels(np.array([[x, y], [x + side, y], [x, y + side]]), image)
    chip = np.array([[0, 0], [pixels, 0], [0, pixels]], np.float64)
    shown = warped(image.pixels, similarity(corners, chip), pixels, border=GREY)
    return Image(shown, pixels, pixels, 1.0, 0.0)


def _same(seen: Box, candidate: Box) -> bool:
    """Whether what the cut-out shows is the candidate, and not somebody beside it."""
    longer = max(candidate.width, candidate.height)
    (x, y), (was_x, was_y) = seen.centre, candidate.centre
    shift = max(abs(x - was_x), abs(y - was_y)) / (AROUND * longer)
    growth = max(seen.width, seen.height) / longer
    return shift <= OFF_CENTRE and SIZES[0] <= growth <= SIZES[1]


def _placed(face: Detection, corner: tuple[float, float], scale: float) -> Detection:
    """A face of the cut-out, in pixels of the photo."""
    box, points = face.box, face.landmarks
    return Detection(
        Box(corner[0] + box.x * scale, corner[1] + box.y * scale, box.width * scale, box.height * scale),
        face.score,
        None if points is None else (points * scale + np.array(corner)).astype(np.float32),
    )
