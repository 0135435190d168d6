"""A face model of one's own: any ONNX file that takes one aligned face and gives one vector."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from pipeline.embedders.batches import BatchedEmbedder
from pipeline.embedders.unit import of_length_one
from pipeline.errors import WeightsUnavailable
from pipeline.inference import cpu_session

BATCH = 16  # of a model that takes any number of faces at once


@dataclass(frozen=True, slots=True)
class FaceInput:
    """What a model is fed: (n, 3, size, size), float32, each channel (value - mean) * scale."""

    size: int  # side of the chip, in pixels
    mean: tuple[float, float, float]  # by channel in the model's order, of values 0..255
    scale: tuple[float, float, float]
    rgb: bool  # the model's order of colours; False: BGR


class ArcFaceOnnx(BatchedEmbedder):
    """Vectors of length one. Several threads may call `embed` at once."""

    def __init__(self, model: bytes, face: FaceInput, *, name: str, threads: int = 1) -> None:
        """`name`: what a person knows the model by. Raises WeightsUnavailable when it is of another kind."""
        self._face = face
        try:
            self._session = cpu_session(model, threads=threads)
            self._input = _only_input(self._session, face.size)
            self.batch = BATCH if isinstance(self._session.get_inputs()[0].shape[0], str | None) else 1
            blank = self._run(np.zeros((1, face.size, face.size, 3), np.uint8))
        except Exception as error:  # ONNX Runtime has errors of its own for each kind of other file
            raise WeightsUnavailable(_another_kind(name, face.size)) from error
        if blank.ndim != 2 or len(blank) != 1 or not np.isfinite(blank).all():
            raise WeightsUnavailable(_another_kind(name, face.size))
        self.dimensions = blank.shape[1]

    def embed_batch(self, chips: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Vectors (n, dimensions) of chips (n, size, size, 3), uint8, RGB."""
        return of_length_one(self._run(chips))

    def _run(self, chips: NDArray[np.uint8]) -> NDArray[np.float32]:
        colours = chips if self._face.rgb else chips[..., ::-1]
        values = (colours - np.array(self._face.mean, np.float32)) * np.array(self._face.scale, np.float32)
        fed = np.ascontiguousarray(values.transpose(0, 3, 1, 2), np.float32)
        return np.asarray(self._session.run(None, {self._input: fed})[0], np.float32)


def _only_input(session: onnxruntime.InferenceSession, size: int) -> str:
    """The name of the input. Raises ValueError where there are several or it has another shape."""
    (given,) = session.get_inputs()
    wanted = (None, 3, size, size)
    if len(given.shape) != 4 or any(
        isinstance(there, int) and want is not None and there != want
        for there, want in zip(given.shape, wanted, strict=True)
    ):
        raise ValueError(given.shape)
    return str(given.name)


def _another_kind(name: str, size: int) -> str:
    return (
        f"{name} cannot be used as a face model: it must be an ONNX file with one input of shape "
        f"(any or 1, 3, {size}, {size}) and a first output of shape (the same, numbers). "
        "docs/recognizers.md has the details."
    )
