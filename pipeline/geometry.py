"""Similarities between points, and what they cut out of a photo: pure functions."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.types import Image, Pixels

FloatArray = NDArray[np.float64]

MARGIN = 8.0  # pixels of the photo beyond what a chip shows, for the sampling at its edge


def in_pixels(points: FloatArray, image: Image) -> FloatArray:
    """Points (n, 2) of the full-size photo, in pixels of the image as it was decoded."""
    height, width = image.pixels.shape[:2]
    return np.asarray(points * np.array([width / image.width, height / image.height]))


def similarity(points: FloatArray, target: FloatArray) -> FloatArray:
    """Rotation, scale and shift that bring `points` nearest to `target` by least squares: a (2, 3) matrix.

    Umeyama 1991, "Least-squares estimation of transformation parameters between two point patterns"; never a
    reflection. Both have the shape (n, 2), n >= 2. Points that all coincide give scale 0 at the target's
    middle.
    """
    centre, target_centre = points.mean(axis=0), target.mean(axis=0)
    spread, target_spread = points - centre, target - target_centre
    left, strengths, right = np.linalg.svd(target_spread.T @ spread / len(points))
    signs = np.array([1.0, np.sign(np.linalg.det(left) * np.linalg.det(right)) or 1.0])
    rotation = left @ np.diag(signs) @ right
    variance = (spread**2).sum() / len(points)
    scale = float((strengths * signs).sum() / variance) if variance > 0 else 0.0
    linear = scale * rotation
    return np.column_stack([linear, target_centre - linear @ centre])


def warped(pixels: Pixels, matrix: FloatArray, size: int, *, border: int = 0) -> Pixels:
    """The (size, size, 3) chip that `matrix` (2, 3: photo to chip) cuts out.

    `border` is the grey level beyond the photo's edge. A face more than twice the chip's size is first halved
    by area, as often as needed: bilinear sampling would skip pixels, and the chip would be full of
    jagged edges.
    """
    scale = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    if 0 < scale < 0.5:
        pixels, matrix = _cut(pixels, matrix, size, halvings=math.ceil(math.log2(0.5 / scale)))
    while 0 < scale < 0.5 and min(pixels.shape[:2]) >= 2:
        height, width = pixels.shape[:2]
        pixels = np.asarray(
            cv2.resize(pixels, (width // 2, height // 2), interpolation=cv2.INTER_AREA), np.uint8
        )
        matrix = _after_resize(matrix, width / (width // 2), height / (height // 2))
        scale *= 2
    beyond = (border, border, border)
    chip = cv2.warpAffine(pixels, matrix, (size, size), flags=cv2.INTER_LINEAR, borderValue=beyond)
    return np.asarray(chip, np.uint8)


def _cut(pixels: Pixels, matrix: FloatArray, size: int, *, halvings: int) -> tuple[Pixels, FloatArray]:
    """The part of the photo that the chip shows, with a margin, so that only it is halved.

    Where the photo is large enough, the part's sides can be halved so often without a rest: OpenCV then takes
    a fourteenth of the time.
    """
    corners = np.array([[0, 0], [size, 0], [0, size], [size, size]], np.float64)
    seen = (corners - matrix[:, 2]) @ np.linalg.inv(matrix[:, :2]).T
    whole = np.array(pixels.shape[1::-1])
    start = np.clip(np.floor(seen.min(axis=0) - MARGIN), 0, whole - 1).astype(int)
    end = np.clip(np.ceil(seen.max(axis=0) + MARGIN), start + 1, whole).astype(int)
    step = 2 ** min(halvings, 30)
    sides = -(-(end - start) // step) * step
    start = np.clip(start, 0, np.maximum(whole - sides, 0))
    (left, top), (right, bottom) = start, np.minimum(start + sides, whole)
    shift = matrix[:, :2] @ start + matrix[:, 2]
    return pixels[top:bottom, left:right], np.column_stack([matrix[:, :2], shift])


def _after_resize(matrix: FloatArray, horizontal: float, vertical: float) -> FloatArray:
    """The matrix for an image shrunk by these factors: pixel centres stay where they are in the scene."""
    grow = np.array([[horizontal, 0, (horizontal - 1) / 2], [0, vertical, (vertical - 1) / 2], [0, 0, 1]])
    return np.asarray(matrix @ grow)
