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

from pipeline.calibration import Calibration
from pipeline.errors import FindMeError, NoFaceFound, UnreadablePhoto
from pipeline.labelled import LabelledPhoto, LabelledProbe, LabelledSet, read_labelled
from pipeline.measures import average_precision, in_order, precision_at
from pipeline.memory_gallery import MemoryGallery
from pipeline.ranking import ranked
from pipeline.recognizers import Recognizer
from pipeline.types import Face

log = logging.getLogger(__name__)

AT = 5  # depth of precision_at_5


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A recognizer's figures on labelled photos, each between 0 and 1 unless it says otherwise.

    Photos are found as `findme find` finds them (pipeline.ranking); those that it does not find follow in the
    order of their nearest face, and photos without a found face are not ranked. "Right" photos are those that
    show the probe's person. Probes without a right photo are left out of the two means.
    """

    recognizer: str
    probes: int  # photos that were searched with
    photos: int  # of the gallery
    faces: int  # found in the gallery
    precision_at_5: float  # mean over probes; see precision_at
    map: float  # mean over probes of the average precision; see average_precision
    recall: float  # of all right photos, over all probes: the share that is found
    precision: float  # of all photos that are found, over all probes: the share of right ones
    threshold: float  # the recognizer's own, in its metric
    seconds: float  # wall time


@dataclass(frozen=True, slots=True)
class Figures:
    """The four of an Evaluation that a calibration decides."""

    precision_at_5: float
    map: float
    recall: float
    precision: float


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What a recognizer sees in labelled photos, in their order."""

    photos: list[list[Face]]  # the faces of each gallery photo
    probes: list[Face | None]  # each probe's face; None: it shows none


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What one probe gave."""

    right: int  # photos that show its person
    precision_at_5: float
    average_precision: float
    hits: int  # right photos that were found
    matches: int  # photos that were found


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
    seen = look_at(labelled, recognizer, progress)
    figures = measure(labelled, seen, recognizer.calibration)
    return Evaluation(
        recognizer=recognizer.name,
        probes=len(seen.probes),
        photos=len(seen.photos),
        faces=sum(map(len, seen.photos)),
        precision_at_5=figures.precision_at_5,
        map=figures.map,
        recall=figures.recall,
        precision=figures.precision,
        threshold=recognizer.threshold,
        seconds=round(time.monotonic() - started, 3),
    )


def measure(labelled: LabelledSet, seen: Seen, calibration: Calibration) -> Figures:
    """The figures of a calibration on faces that were found and embedded before."""
    gallery, calibration = MemoryGallery(seen.photos), calibration.among(sum(map(len, seen.photos)))
    outcomes = [
        _outcome(probe, face, labelled.gallery, gallery, calibration)
        for probe, face in zip(labelled.probes, seen.probes, strict=True)
    ]
    ranked_ones = [outcome for outcome in outcomes if outcome.right]
    hits = sum(outcome.hits for outcome in outcomes)
    return Figures(
        precision_at_5=_share(sum(outcome.precision_at_5 for outcome in ranked_ones), len(ranked_ones)),
        map=_share(sum(outcome.average_precision for outcome in ranked_ones), len(ranked_ones)),
        recall=_share(hits, sum(outcome.right for outcome in outcomes)),
        precision=_share(hits, sum(outcome.matches for outcome in outcomes)),
    )


def look_at(
    labelled: LabelledSet, recognizer: Recognizer, progress: Callable[[int, int], None] | None = None
) -> Seen:
    """The faces of labelled photos.

    One photo a thread: decoding and inference let other threads run, and pixels are dropped as soon as the
    faces are there, so memory holds one photo per thread.
    """
    total = len(labelled.gallery) + len(labelled.probes)
    gallery: list[list[Face]] = []
    probes: list[Face | None] = []
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        galleries = pool.map(lambda photo: _faces(photo, recognizer), labelled.gallery)
        wanted = pool.map(lambda probe: _probe(probe, recognizer), labelled.probes)
        for faces in galleries:
            gallery.append(faces)
            _tell(progress, len(gallery), total)
        for face in wanted:
            probes.append(face)
            _tell(progress, len(gallery) + len(probes), total)
    return Seen(gallery, probes)


def _faces(photo: LabelledPhoto, recognizer: Recognizer) -> list[Face]:
    try:
        _, faces = recognizer.read(photo.path.read_bytes())
    except (OSError, UnreadablePhoto) as error:
        log.warning("%s counts as missed: %s", photo.path, _reason(error))
        return []
    return faces


def _probe(probe: LabelledProbe, recognizer: Recognizer) -> Face | None:
    try:
        return recognizer.probe(probe.path.read_bytes()).face
    except (OSError, UnreadablePhoto, NoFaceFound) as error:
        log.warning("The probe %s finds nothing: %s", probe.path, _reason(error))
        return None


def _outcome(
    probe: LabelledProbe,
    face: Face | None,
    photos: Sequence[LabelledPhoto],
    gallery: MemoryGallery,
    calibration: Calibration,
) -> _Outcome:
    itself = [index for index, photo in enumerate(photos) if photo.path == probe.path]
    right = {index for index, photo in enumerate(photos) if probe.person in photo.people} - set(itself)
    if face is None:
        return _Outcome(len(right), 0.0, 0.0, 0, 0)
    others = gallery.without(itself)
    found = [hit.photo for hit in ranked(others, [face], calibration)]
    ranking = np.array(
        [photo in right for photo in in_order(found, others.by_photo(face, len(photos)))], bool
    )
    return _Outcome(
        right=len(right),
        precision_at_5=precision_at(AT, ranking, len(right)),
        average_precision=average_precision(ranking, len(right)),
        hits=len(right.intersection(found)),
        matches=len(found),
    )


def _share(part: float, whole: int) -> float:
    """Rounded to four decimals; of nothing, all was right."""
    return round(part / whole, 4) if whole else 1.0


def _tell(progress: Callable[[int, int], None] | None, done: int, total: int) -> None:
    if progress is not None:
        progress(done, total)


def _reason(error: Exception) -> str:
    """A sentence: our own errors are one already, the system's are named."""
    return str(error) if isinstance(error, FindMeError) else "the file cannot be read."
