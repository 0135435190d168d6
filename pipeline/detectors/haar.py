"""OpenCV's Haar cascade for frontal faces: the classic detector, with the settings of the articles on it.

Slow, blind to turned faces and generous with false ones: here to compare with, and for the clip recognizer.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2

from pipeline.errors import WeightsUnavailable
from pipeline.types import Box, Detection, Image

CASCADE = "haarcascade_frontalface_default.xml"

HALF_SURE = 8  # neighbours at which the score is one half: true faces in clear photos have dozens


@dataclass(frozen=True, slots=True)
class Haar:
    """Finds frontal faces, without landmarks. Several threads may call `detect` at once."""

    cascade: Path
    scale_factor: float = 1.05  # step between the sizes that are looked at
    min_neighbors: int = 2  # overlapping hits that make a face
    min_size: int = 100  # least side of a face, in pixels of the full-size photo, or of an enlarged one
    _own: threading.local = field(default_factory=threading.local, repr=False, compare=False)

    @classmethod
    def load(cls, *, scale_factor: float = 1.05, min_neighbors: int = 2, min_size: int = 100) -> Haar:
        """With the cascade file that opencv-python 4 brings along. Raises WeightsUnavailable."""
        folder = getattr(getattr(cv2, "data", None), "haarcascades", "")
        cascade = Path(folder) / CASCADE
        if not hasattr(cv2, "CascadeClassifier") or not folder or not cascade.is_file():
            raise WeightsUnavailable(
                f"OpenCV {cv2.__version__} has no Haar cascades: install opencv-python below version 5,"
                " or use another recognizer."
            )
        return cls(cascade, scale_factor, min_neighbors, min_size)

    def detect(self, image: Image) -> list[Detection]:
        """The faces, by falling score, in pixels of the full-size upright photo.

        The cascade gives no probability. The score is drawn from the number of overlapping hits n that were
        merged into a box: n / (n + 8).
        """
        grey = cv2.cvtColor(image.pixels, cv2.COLOR_RGB2GRAY)
        least = max(1, round(self.min_size * min(1.0, image.scale)))
        boxes, neighbours = self._classifier().detectMultiScale2(
            grey, scaleFactor=self.scale_factor, minNeighbors=self.min_neighbors, minSize=(least, least)
        )
        found = [
            Detection(_box(box, image.scale), int(count) / (int(count) + HALF_SURE))
            for box, count in zip(boxes, neighbours, strict=True)
        ]
        return sorted(found, key=lambda detection: -detection.score)

    def _classifier(self) -> Any:
        """This thread's own classifier: one cannot be shared."""
        if not hasattr(self._own, "classifier"):
            self._own.classifier = cv2.CascadeClassifier(str(self.cascade))
        return self._own.classifier


def _box(corner_and_size: Any, scale: float) -> Box:
    x, y, width, height = (float(value) / scale for value in corner_and_size)
    return Box(x, y, width, height)
