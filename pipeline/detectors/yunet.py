"""OpenCV's FaceDetectorYN: YuNet, a very small network that gives boxes and five landmarks."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.detectors.overlaps import without_overlaps
from pipeline.errors import WeightsUnavailable
from pipeline.images import shrunk
from pipeline.types import Box, Detection, Image, Pixels

LONG_SIDES = (1280, 320)
"""Long sides, in pixels, that photos are shrunk to, one pass each.

YuNet was trained on faces of 10 to 300 px: the first pass is for those of people in a scene, the second, at a
sixteenth of the cost, for those that fill the photo.
"""

SCORE_FLOOR = 0.6  # as in opencv_zoo's own class
OVERLAP = 0.3  # intersection over union above which two boxes are one face; opencv_zoo's value
CANDIDATES = 5000  # best-scored boxes that are looked at; opencv_zoo's value


@dataclass(frozen=True, slots=True)
class YuNet:
    """Finds faces with their landmarks. Several threads may call `detect` at once."""

    model: Path
    long_sides: tuple[int, ...] = LONG_SIDES
    score_floor: float = SCORE_FLOOR
    _own: threading.local = field(default_factory=threading.local, repr=False, compare=False)

    @classmethod
    def load(cls, model: Path, *, threads: int = 1) -> YuNet:
        """With opencv_zoo's file face_detection_yunet_2023mar.onnx. Raises WeightsUnavailable."""
        cv2.setNumThreads(threads)
        detector = cls(model)
        try:
            detector.check()
        except cv2.error as error:
            raise WeightsUnavailable(
                f"OpenCV cannot use {model} as a face detector: it needs opencv_zoo's "
                "face_detection_yunet_2023mar.onnx. Run `findme models fetch sface`, or correct "
                "FINDME_SFACE_DETECTOR."
            ) from error
        return detector

    def check(self) -> None:
        """Looks at a blank image, to know the model before it is used. Raises cv2.error."""
        self._pass(Image(np.zeros((64, 64, 3), np.uint8), 64, 64, 1.0, 0.0), 64)

    def detect(self, image: Image) -> list[Detection]:
        """The faces, by falling score, in pixels of the full-size upright photo."""
        first, *others = self.long_sides
        size = max(image.pixels.shape)
        passes = [first, *(side for side in others if side < size)]
        return without_overlaps([face for side in passes for face in self._pass(image, side)], OVERLAP)

    def _pass(self, image: Image, long_side: int) -> list[Detection]:
        pixels = shrunk(image.pixels, long_side)
        rows = self._rows(pixels)
        height, width = pixels.shape[:2]
        return [_detection(row, image.width / width, image.height / height) for row in rows]

    def _rows(self, pixels: Pixels) -> NDArray[np.float32]:
        """Shape (faces, 15): x, y, width, height, five points (x, y), score."""
        detector = self._detector()
        detector.setInputSize((pixels.shape[1], pixels.shape[0]))
        _, rows = detector.detect(cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))
        return np.zeros((0, 15), np.float32) if rows is None else np.asarray(rows, np.float32)

    def _detector(self) -> Any:
        """This thread's own detector: one keeps the size of its input and cannot be shared."""
        if not hasattr(self._own, "detector"):
            self._own.detector = cv2.FaceDetectorYN.create(
                str(self.model), "", (320, 320), self.score_floor, OVERLAP, CANDIDATES
            )
        return self._own.detector


def _detection(row: NDArray[np.float32], horizontal: float, vertical: float) -> Detection:
    """OpenCV names the points after the person's own left and right; their order is the one of Detection."""
    x, y, width, height = (float(value) for value in row[:4])
    return Detection(
        Box(x * horizontal, y * vertical, width * horizontal, height * vertical),
        float(row[14]),
        row[4:14].reshape(5, 2) * np.array([horizontal, vertical], np.float32),
    )
