"""A recognizer: detection, alignment, embedding and calibration under one name and version."""

from __future__ import annotations

import math
from dataclasses import dataclass

from pipeline import images, probes
from pipeline.calibration import Calibration
from pipeline.closer_look import CloserLook
from pipeline.embedders.align import sharpness
from pipeline.ports import Aligner, Detector, Embedder
from pipeline.types import Detection, Face, Image, Probe, Strength


@dataclass(frozen=True, slots=True)
class Recognizer:
    """Turns photos into faces with vectors, and distances between vectors into words.

    Its vectors live in a space of their own, `NAME-VERSION`; vectors of two spaces are never compared. Holds
    nothing that changes: several threads may use one recognizer at once.
    """

    name: str  # as the registry knows it
    version: int  # raised whenever vectors of before and after could not be compared any more
    detector: Detector
    aligner: Aligner
    embedder: Embedder
    calibration: Calibration
    decode_target: (
        int | None
    )  # long side, in pixels, that gallery photos are decoded to at least; None: in full
    probe_detector: Detector | None = None  # for probes, which are few and count for many; None: the same
    probe_embedder: Embedder | None = None  # for probes; None: the same
    weights: bytes | None = None  # SHA-256 of what its vectors depend on, where others decide its version
    closer_looks: tuple[CloserLook, ...] = ()  # one after the other, for photos of small faces

    @property
    def space(self) -> str:
        """The embedding space that its vectors live in."""
        return f"{self.name}-{self.version}"

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        return self.embedder.dimensions

    @property
    def threshold(self) -> float:
        """The largest plain Euclidean distance at which two faces count as one person."""
        return self.calibration.threshold

    def read(self, data: bytes) -> tuple[Image, list[Face]]:
        """A gallery photo, decoded as large as most need to be, and its faces. Raises UnreadablePhoto."""
        image = images.decode(data, target=self.decode_target)
        return image, self._embedded(*self.looked(data, image))

    def looked(self, data: bytes, image: Image) -> tuple[Image, list[Detection]]:
        """What to cut a gallery photo's faces out of, perhaps a larger image, and the faces by falling score.

        `image` is the photo as it was decoded from `data`. Raises UnreadablePhoto.
        """
        found = self.detector.detect(image)
        for look in self.closer_looks:
            if not look.pays(image, found):
                break
            image, found = look.taken(data, image, found)
        return image, found

    def faces(self, image: Image) -> list[Face]:
        """Every face of a gallery photo, by falling detection score."""
        return self._embedded(image, self.detector.detect(image))

    def probe(self, data: bytes) -> Probe:
        """The face that a probe photo means, and how many it shows.

        Raises UnreadablePhoto, and NoFaceFound where there is none.
        """
        image = images.decode(data, target=probes.DECODE_TARGET, limits=images.PROBE)
        found = probes.find_faces(image, self.probe_detector or self.detector)
        meant = probes.most_relevant(found, image)
        (face,) = self._embedded(image, [meant], self.probe_embedder)
        return Probe(face, len(found), self.space)

    def confidence(self, distance: float) -> float:
        """The share of right ones among candidates at this distance, 0..1."""
        return self.calibration.confidence(distance)

    def strength(self, distance: float, size: float = math.inf) -> Strength:
        """The confidence in one word; `size` as in Calibration.strength."""
        return self.calibration.strength(distance, size)

    def _embedded(
        self, image: Image, detections: list[Detection], embedder: Embedder | None = None
    ) -> list[Face]:
        chips = [self.aligner(image, detection) for detection in detections]
        vectors = (embedder or self.embedder).embed(chips)
        return [
            Face(found.box, found.score, found.landmarks, sharpness(chip), vector)
            for found, chip, vector in zip(detections, chips, vectors, strict=True)
        ]
