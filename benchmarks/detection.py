"""Detectors on labelled group photos: `python -m benchmarks.detection [PHOTOS]`.

PHOTOS holds groups/faces.csv: photo, and a point on each labelled face (default: ../shared/photos).
"""

from __future__ import annotations

import csv
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline import images
from pipeline.detectors.centerface import CenterFace
from pipeline.detectors.haar import Haar
from pipeline.ports import Detector
from pipeline.registry import DECODE_TARGET, Recognizers
from pipeline.types import Box, Detection, Image

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Score:
    """What a detector did on labelled photos."""

    labelled: int  # faces
    found: int  # labelled faces with a point inside some box
    boxes: int
    false: int  # boxes around no labelled face, and second boxes around the same one
    seconds: float


def labelled_points(groups: Path) -> dict[str, list[Point]]:
    """The points on the labelled faces of each photo; none for photos without faces."""
    points: dict[str, list[Point]] = {}
    with (groups / "faces.csv").open() as file:
        for row in csv.DictReader(file):
            faces = points.setdefault(row["photo"], [])
            if row["x"]:
                faces.append((float(row["x"]), float(row["y"])))
    return points


def measured(detector: Detector, photos: Mapping[Path, list[Point]], target: int | None) -> Score:
    """Runs a detector over photos; decoding is not timed."""
    found = boxes = hits = 0
    seconds = 0.0
    for path, points in photos.items():
        image = images.decode(path.read_bytes(), target=target)
        started = time.perf_counter()
        seen = [detection.box for detection in detector.detect(image)]
        seconds += time.perf_counter() - started
        boxes += len(seen)
        found += sum(any(holds(box, point) for box in seen) for point in points)
        hits += matched(seen, points)
    return Score(sum(map(len, photos.values())), found, boxes, boxes - hits, seconds)


def holds(box: Box, point: Point) -> bool:
    """Whether a point lies inside a box."""
    return box.x <= point[0] <= box.x + box.width and box.y <= point[1] <= box.y + box.height


def matched(boxes: list[Box], points: list[Point]) -> int:
    """How many boxes hold a point of their own, first come, first served."""
    free, count = list(points), 0
    for box in boxes:
        inside = [point for point in free if holds(box, point)]
        if inside:
            free.remove(inside[0])
            count += 1
    return count


class AtLongSide:
    """A detector that is shown a smaller photo."""

    def __init__(self, detector: Detector, long_side: int) -> None:
        self._detector, self._long_side = detector, long_side

    def detect(self, image: Image) -> list[Detection]:
        """The faces, in pixels of the full-size photo."""
        pixels = images.shrunk(image.pixels, self._long_side)
        scale = max(pixels.shape) / max(image.width, image.height)
        return self._detector.detect(Image(pixels, image.width, image.height, scale, 0.0))


def main(folder: Path) -> None:
    """Measures and prints the table on FOLDER/groups."""
    groups = folder / "groups"
    if not groups.is_dir():
        raise SystemExit(f"There are no labelled photos at {folder}: give their folder; see CONTRIBUTING.md.")
    photos = {groups / name: points for name, points in labelled_points(groups).items()}
    models = Path(".findme/models")
    single = CenterFace.load(models)
    chosen = Recognizers(models).get("dlib").detector
    rows: list[tuple[str, Detector, int | None]] = [
        ("Haar as in the article (1.05, 2, 100 px), full size", Haar.load(), None),
        (
            "Haar tuned (1.1, 5, 30 px), 1280 px",
            AtLongSide(Haar.load(scale_factor=1.1, min_neighbors=5, min_size=30), 1280),
            None,
        ),
        ("CenterFace, one look from 0.4 on", single, DECODE_TARGET),
        ("CenterFace, all looks (the dlib recognizer's)", chosen, DECODE_TARGET),
    ]
    print(f"{len(photos)} photos\n{'detector':54}{'found':>8}{'boxes':>8}{'false':>8}{'seconds':>9}")
    for name, detector, target in rows:
        score = measured(detector, photos, target)
        found = f"{score.found}/{score.labelled}"
        print(f"{name:54}{found:>8}{score.boxes:>8}{score.false:>8}{score.seconds:>9.1f}")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "../shared/photos"))
