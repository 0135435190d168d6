"""The face that a probe photo means: an avatar, a selfie, sometimes a group.

Detectors are made for faces within a scene, and grow unsure when one fills the picture, as it does in
avatars. So the picture is shown to the detector with an edge around it: at a glance first, which is enough
for a portrait, then larger, and at more than one size where that is not enough.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from pipeline.detectors.overlaps import without_overlaps
from pipeline.errors import NoFaceFound
from pipeline.ports import Detector
from pipeline.types import Box, Detection, Image

DECODE_TARGET = 2000
"""Long side, in pixels, that a probe photo is decoded to at least."""

SURE = 0.7
"""A detection of at least this score ends the search."""

SAME_FACE = 0.3
"""Intersection over union above which detections of two views are the same face."""

GREY = (114, 114, 114)  # of the edge: nearer to what surrounds a face than black or white


@dataclass(frozen=True, slots=True)
class View:
    """One way to show a photo to a detector."""

    edge: float  # added on each side, as a share of the photo's long side
    least: int  # long side that the photo is enlarged to, in pixels, before the edge is added
    most: int  # long side that it is shrunk to


GLANCE = View(0.5, 160, 160)
"""Looked at first, in a fraction of the time of all others: most avatars show one large face."""

PORTRAIT = 0.35
"""Side of a face, over that of the photo, from which the photo is of that face.

A glance shows faces from an eighth of the photo's side on. One that it misses is a third as large at most,
and would not be meant even in the photo's middle.
"""

VIEWS = (View(0.5, 160, 480), View(0.0, 160, DECODE_TARGET))
"""Both are looked at where a glance does not do: a face that fills the photo shows in the first, small ones
in the second.

At 640 pixels the first view finds no more faces, in nearly twice the time for large avatars.
"""

LAST_VIEWS = (View(1.0, 96, 96), View(0.25, 640, 640))
"""Looked at where those show no face surely: larger and smaller than any size that was tried."""


def find_faces(image: Image, detector: Detector) -> list[Detection]:
    """The faces of a probe photo, by falling score, in its own full-size pixels.

    Raises NoFaceFound where no view of it shows one.
    """
    found = _seen(image, GLANCE, detector)
    return found if is_portrait(found, image) else look_in_full(image, detector)


def look_in_full(image: Image, detector: Detector) -> list[Detection]:
    """The same without a glance first, which misses small faces beside a large one."""
    found: list[Detection] = []
    for view in VIEWS:
        found += _seen(image, view, detector)
    for view in LAST_VIEWS:
        if max((face.score for face in found), default=0.0) < SURE:
            found += _seen(image, view, detector)
    if not found:
        raise NoFaceFound("No face was found in this photo; try one that shows your face from the front.")
    return without_overlaps(found, SAME_FACE)


def is_portrait(detections: list[Detection], image: Image) -> bool:
    """Whether a photo is surely of one large face, and shows no other that a glance sees."""
    if len(detections) != 1 or detections[0].score < SURE:
        return False
    box = detections[0].box
    return max(box.width, box.height) >= PORTRAIT * max(image.width, image.height)


def most_relevant(detections: list[Detection], image: Image) -> Detection:
    """The face that the photo is of: large, near the middle, and surely a face."""
    return max(detections, key=lambda one: relevance(one, image))


def relevance(detection: Detection, image: Image) -> float:
    """Side of the face in pixels, times its score, times 1 in the photo's middle to 1/2 in its corners."""
    x, y = detection.box.centre
    away = math.hypot(x - image.width / 2, y - image.height / 2) / math.hypot(
        image.width / 2, image.height / 2
    )
    return math.sqrt(detection.box.area) * detection.score * (1 - min(1.0, away) / 2)


def _seen(image: Image, view: View, detector: Detector) -> list[Detection]:
    """What the detector finds in one view, in full-size pixels of the photo, if it lies within the photo."""
    shown, edge = with_edge(image, view)
    return [
        moved
        for moved in (_without_edge(detection, edge) for detection in detector.detect(shown))
        if _within(moved.box.centre, image)
    ]


def with_edge(image: Image, view: View) -> tuple[Image, float]:
    """The photo as a view shows it, and the width of the edge in full-size pixels.

    The result's `width` and `height` are those of the full-size photo with its edge, so that detections come
    out in full-size pixels, shifted by the edge.
    """
    height, width = image.pixels.shape[:2]
    ratio = min(max(max(height, width), view.least), view.most) / max(height, width)
    size = max(1, round(width * ratio)), max(1, round(height * ratio))
    interpolation = cv2.INTER_AREA if ratio < 1 else cv2.INTER_LINEAR
    resized = cv2.resize(image.pixels, size, interpolation=interpolation)
    border = round(view.edge * max(size))
    pixels = cv2.copyMakeBorder(resized, border, border, border, border, cv2.BORDER_CONSTANT, value=GREY)
    scale = max(size) / max(image.width, image.height)
    edge = border / scale
    full = round(image.width + 2 * edge), round(image.height + 2 * edge)
    return Image(np.asarray(pixels, np.uint8), *full, scale, image.seconds), edge


def _without_edge(detection: Detection, edge: float) -> Detection:
    box, points = detection.box, detection.landmarks
    return Detection(
        Box(box.x - edge, box.y - edge, box.width, box.height),
        detection.score,
        None if points is None else points - np.float32(edge),
    )


def _within(point: tuple[float, float], image: Image) -> bool:
    return 0 <= point[0] <= image.width and 0 <= point[1] <= image.height
