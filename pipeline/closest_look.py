"""A look at more of a photo's own pixels, for photos whose faces the other looks barely see."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline import images
from pipeline.detectors.closer_look import SMALL
from pipeline.detectors.overlaps import without_overlaps
from pipeline.ports import Detector
from pipeline.types import Detection, Image

SEEN = 1920
"""Long side, in pixels, of the photo as the look before this one sees it; a face that is small there is
looked at once more.
"""

OVERLAP = 0.3  # intersection over union above which two boxes are one face


@dataclass(frozen=True, slots=True)
class ClosestLook:
    """Decodes a photo once more, larger, and finds its faces there; they are cut out of that, too.

    The one exception from one decode a photo. It brings the recall of a composed event of other people, with
    faces 20 to 90 pixels wide in 12 megapixels, from .58 to .76, for three times the processor time; of clear
    events no photo is looked at so.
    """

    detector: Detector
    target: int  # long side, in pixels, that such a photo is decoded to at least

    def pays(self, image: Image, found: list[Detection]) -> bool:
        """Whether the faces that were found are so small that others are missed."""
        long_side = max(image.width, image.height)
        small = SMALL * long_side / SEEN
        return long_side > SEEN and any(max(face.box.width, face.box.height) < small for face in found)

    def taken(self, data: bytes, image: Image, found: list[Detection]) -> tuple[Image, list[Detection]]:
        """The larger image, to cut faces out of, and the faces, by falling score. Raises UnreadablePhoto."""
        larger = image
        if image.scale < 1 and max(image.pixels.shape) < self.target:
            larger = images.decode(data, target=self.target)
        return larger, without_overlaps([*found, *self.detector.detect(larger)], OVERLAP)
