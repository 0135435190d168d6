"""OpenCV's FaceRecognizerSF: SFace, 128 numbers a face."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.embedders.arcface_template import SIZE
from pipeline.embedders.unit import of_length_one
from pipeline.errors import WeightsUnavailable
from pipeline.types import Pixels


@dataclass(frozen=True, slots=True)
class SFace:
    """Embeds aligned faces, one a call of OpenCV's. Several threads may call `embed` at once."""

    model: Path
    dimensions: int = 128
    _own: threading.local = field(default_factory=threading.local, repr=False, compare=False)

    @classmethod
    def load(cls, model: Path, *, threads: int = 1) -> SFace:
        """With opencv_zoo's file face_recognition_sface_2021dec.onnx. Raises WeightsUnavailable."""
        cv2.setNumThreads(threads)
        embedder = cls(model)
        try:
            embedder.embed([np.zeros((SIZE, SIZE, 3), np.uint8)])
        except (cv2.error, ValueError) as error:
            raise WeightsUnavailable(
                f"OpenCV cannot use {model} as a face recognizer: it needs opencv_zoo's "
                "face_recognition_sface_2021dec.onnx. Run `findme models fetch sface`, or correct "
                "FINDME_SFACE_MODEL."
            ) from error
        return embedder

    def embed(self, chips: Sequence[Pixels]) -> NDArray[np.float32]:
        """Vectors of shape (len(chips), 128), float32, of length one, one a chip (112, 112, 3), RGB."""
        vectors = np.empty((len(chips), self.dimensions), np.float32)
        for row, chip in enumerate(chips):
            (vectors[row],) = self._recognizer().feature(cv2.cvtColor(chip, cv2.COLOR_RGB2BGR))
        return of_length_one(vectors)

    def _recognizer(self) -> Any:
        """This thread's own: OpenCV's networks keep what they compute and cannot be shared."""
        if not hasattr(self._own, "recognizer"):
            self._own.recognizer = cv2.FaceRecognizerSF.create(str(self.model), "")
        return self._own.recognizer
