"""How well a recognizer does on labelled photos."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import FindMeError, NoFaceFound, UnreadablePhoto
from pipeline.labelled import LabelledPhoto, LabelledProbe, LabelledSet, read_labelled
from pipeline.recognizers import Recognizer
from pipeline.types import Vector

log = logging.getLogger(__name__)

AT = 5  # depth of precision_at_5

Vectors = NDArray[np.float32]
"""The faces of one photo, (faces, dimensions)."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A recognizer's figures on labelled photos, each between 0 and 1 unless it says otherwise.

    A photo's distance to a probe is that of its nearest face; photos without a found face have none. "Right"
    photos are those that show the probe's person. Probes without a right photo are left out of the two means.
    """

    recognizer: str
    probes: int  # photos that were searched with
    photos: int  # of the gallery
    faces: int  # found in the gallery
    precision_at_5: float  # mean over probes; see precision_at
    map: float  # mean over probes of the average precision; see average_precision
    recall: float  # of all right photos, over all probes: the share within the threshold
    precision: float  # of all photos within the threshold, over all probes: the share of right ones
    threshold: float  # the recognizer's own, in its metric
    seconds: float  # wall time


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What one probe gave."""

    right: int  # photos that show its person
    precision_at_5: float
    average_precision: float
    hits: int  # right photos within the threshold
    matches: int  # photos within the threshold


def evaluate(
    folder: Path, recognizer: Recognizer, progress: Callable[[int, int], None] | None = None
) -> Evaluation:
    """Measures a recognizer on a folder of labelled photos, as `pipeline.labelled` describes them.

    `progress` is called with the number of photos done and the total. A photo that cannot be read is named on
    the log and counted as a miss; so is a probe without a face. Raises FindMeError for a folder in neither
    layout.
    """
    started = time.monotonic()
    labelled = read_labelled(folder)
    gallery, probes = _vectors(labelled, recognizer, progress)
    outcomes = [
        _outcome(probe, vector, labelled.gallery, gallery, recognizer.threshold)
        for probe, vector in zip(labelled.probes, probes, strict=True)
    ]
    ranked = [outcome for outcome in outcomes if outcome.right]
    hits = sum(outcome.hits for outcome in outcomes)
    return Evaluation(
        recognizer=recognizer.name,
        probes=len(outcomes),
        photos=len(gallery),
        faces=sum(map(len, gallery)),
        precision_at_5=_share(sum(outcome.precision_at_5 for outcome in ranked), len(ranked)),
        map=_share(sum(outcome.average_precision for outcome in ranked), len(ranked)),
        recall=_share(hits, sum(outcome.right for outcome in outcomes)),
        precision=_share(hits, sum(outcome.matches for outcome in outcomes)),
        threshold=recognizer.threshold,
        seconds=round(time.monotonic() - started, 3),
    )


def _vectors(
    labelled: LabelledSet, recognizer: Recognizer, progress: Callable[[int, int], None] | None
) -> tuple[list[Vectors], list[Vector | None]]:
    """The faces of each gallery photo, and each probe's face.

    One photo a thread: decoding and inference let other threads run, and pixels are dropped as soon as the
    vectors are there, so memory holds one photo per thread.
    """
    total = len(labelled.gallery) + len(labelled.probes)
    gallery: list[Vectors] = []
    probes: list[Vector | None] = []
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        galleries = pool.map(lambda photo: _faces(photo, recognizer), labelled.gallery)
        wanted = pool.map(lambda probe: _probe(probe, recognizer), labelled.probes)
        for vectors in galleries:
            gallery.append(vectors)
            _tell(progress, len(gallery), total)
        for vector in wanted:
            probes.append(vector)
            _tell(progress, len(gallery) + len(probes), total)
    return gallery, probes


def _faces(photo: LabelledPhoto, recognizer: Recognizer) -> Vectors:
    try:
        _, faces = recognizer.read(photo.path.read_bytes())
    except (OSError, UnreadablePhoto) as error:
        log.warning("%s counts as missed: %s", photo.path, _reason(error))
        faces = []
    vectors = [face.embedding for face in faces]
    return np.stack(vectors) if vectors else np.empty((0, recognizer.dimensions), np.float32)


def _probe(probe: LabelledProbe, recognizer: Recognizer) -> Vector | None:
    try:
        return recognizer.probe(probe.path.read_bytes()).face.embedding
    except (OSError, UnreadablePhoto, NoFaceFound) as error:
        log.warning("The probe %s finds nothing: %s", probe.path, _reason(error))
        return None


def _outcome(
    probe: LabelledProbe,
    vector: Vector | None,
    photos: Sequence[LabelledPhoto],
    gallery: Sequence[Vectors],
    threshold: float,
) -> _Outcome:
    others = [index for index, photo in enumerate(photos) if photo.path != probe.path]
    right = np.array([probe.person in photos[index].people for index in others], bool)
    if vector is None:
        return _Outcome(int(right.sum()), 0.0, 0.0, 0, 0)
    distances = np.array([nearest(vector, gallery[index]) for index in others])
    ranking = right[np.argsort(distances, kind="stable")][: int(np.isfinite(distances).sum())]
    within = distances <= threshold
    return _Outcome(
        right=int(right.sum()),
        precision_at_5=precision_at(AT, ranking, int(right.sum())),
        average_precision=average_precision(ranking, int(right.sum())),
        hits=int((right & within).sum()),
        matches=int(within.sum()),
    )


def nearest(vector: Vector, faces: Vectors) -> float:
    """Plain Euclidean distance to the nearest of a photo's faces; infinite where it has none."""
    if not len(faces):
        return float("inf")
    return float(np.sqrt(((faces - vector) ** 2).sum(axis=1).min()))


def precision_at(depth: int, ranking: NDArray[np.bool_], right: int) -> float:
    """Share of right ones among the first min(depth, right) of a ranking; a place left empty is wrong."""
    depth = min(depth, right)
    return float(ranking[:depth].sum()) / depth if depth else 0.0


def average_precision(ranking: NDArray[np.bool_], right: int) -> float:
    """Mean, over all `right` photos, of the precision at each one's rank; 0 for those that are not ranked."""
    if not right:
        return 0.0
    precisions = np.cumsum(ranking) / np.arange(1, len(ranking) + 1)
    return float(precisions[ranking].sum()) / right


def _share(part: float, whole: int) -> float:
    """Rounded to four decimals; of nothing, all was right."""
    return round(part / whole, 4) if whole else 1.0


def _tell(progress: Callable[[int, int], None] | None, done: int, total: int) -> None:
    if progress is not None:
        progress(done, total)


def _reason(error: Exception) -> str:
    """A sentence: our own errors are one already, the system's are named."""
    return str(error) if isinstance(error, FindMeError) else "the file cannot be read."
