"""A larger picture for photos of small faces only: the others never pay for it."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline import images
from pipeline.detectors.overlaps import without_overlaps
from pipeline.ports import Detector
from pipeline.types import Detection, Image

SMALL = 28.0
"""Longer side of a face, in pixels of what the look before saw, below which the photo is looked at again.

Where one face is that small, others are missed. In 80 dark photos of the people of
benchmarks.composed.TUNED_ON, faces 36 to 72 pixels wide in 6 megapixels, the recall is .929 with 24, .937
with 28 and .941 with 32, all at a precision of 1.0 (`python -m benchmarks.closer_bounds`): 32 is one more
photo of 239, for about a third more time. Of clear photos three in ten are looked at again (24: three in
twenty), of those with four larger faces in 12 megapixels none.
"""

OVERLAP = 0.3  # intersection over union above which two boxes are one face


@dataclass(frozen=True, slots=True)
class CloserLook:
    """Finds faces in more pixels than the look before it had, and has all faces cut out of these.

    A photo that was decoded at less than that is decoded once more: the one exception from one decode a
    photo. Of faces 20 to 90 pixels wide in photos of 12 megapixels, read at half their size, the two closer
    looks of the default find .88 instead of .72.
    """

    detector: Detector
    seen: int  # long side, in pixels, of the photo as the look before saw it
    target: int  # long side, in pixels, that the photo is to be decoded to at least
    where_none: bool  # whether photos are looked at in which no face was found

    def pays(self, image: Image, found: list[Detection]) -> bool:
        """Whether there may be faces that the look before was too coarse for."""
        long_side = max(image.width, image.height)
        if long_side <= self.seen or not found:
            return long_side > self.seen and self.where_none
        return min(max(face.box.width, face.box.height) for face in found) * self.seen / long_side < SMALL

    def taken(self, data: bytes, image: Image, found: list[Detection]) -> tuple[Image, list[Detection]]:
        """What to cut the faces out of, and the faces of this look and before, by falling score.

        `image` is the photo as it was decoded from `data`. Raises UnreadablePhoto.
        """
        if image.scale < 1 and max(image.pixels.shape) < self.target:
            image = images.decode(data, target=self.target)
        return image, without_overlaps([*found, *self.detector.detect(image)], OVERLAP)
