"""CLIP embeddings through `imgbeddings`, 768 numbers: the chain of the articles on face search with CLIP.

Needs the extra `clip`. CLIP was trained to tell scenes apart, not people.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

from pipeline.errors import WeightsUnavailable
from pipeline.inference import cpu_session
from pipeline.types import Pixels

LEAST_SIDE = 16  # pixels; of images three pixels small, the processor cannot tell the sides from the colours

_OR_ANOTHER = "or use the recognizer dlib, which needs no download"


@dataclass(frozen=True, slots=True)
class Clip:
    """Embeds faces with CLIP ViT-B/32, one image a call. Several threads may call `embed` at once."""

    model: Any  # an imgbeddings.imgbeddings, which has no types
    dimensions: int = 768

    @classmethod
    def load(cls, weights: Path | None = None, *, threads: int = 1) -> Clip:
        """With weights from an ONNX file, or from the Hugging Face hub, which keeps them in its cache folder.

        The image processor's settings come from the hub, or offline from that folder (`HF_HOME`), too.
        Takes seconds: imports transformers. Raises WeightsUnavailable.
        """
        if weights is not None and not weights.is_file():
            raise WeightsUnavailable(
                f"The clip recognizer's weights are not at {weights}: correct FINDME_CLIP_MODEL, or unset it"
                " to load them from the Hugging Face hub."
            )
        embedder = cls(_load(_import_imgbeddings(), weights, threads))
        embedder.check(weights)
        return embedder

    def check(self, weights: Path | None) -> None:
        """Embeds a blank image, to know the model before it is used. Raises WeightsUnavailable."""
        try:
            self.embed([np.zeros((32, 32, 3), np.uint8)])
        except Exception as error:  # a model of another kind fails in ways of its own
            raise WeightsUnavailable(
                _another_model(weights or "the file from the Hugging Face hub")
            ) from error

    def embed(self, chips: Sequence[Pixels]) -> NDArray[np.float32]:
        """Vectors of shape (len(chips), 768), float32, one a chip of any size, in the same order.

        One image a call: the 8-bit model gives an image other numbers when it stands in another batch.
        """
        vectors = np.empty((len(chips), self.dimensions), np.float32)
        for row, chip in enumerate(chips):
            (vectors[row],) = self.model.to_embeddings(_pillow(chip))
        return vectors


def _pillow(chip: Pixels) -> Pillow.Image:
    image = Pillow.fromarray(chip)
    if max(image.size) >= LEAST_SIDE:
        return image
    factor = -(-LEAST_SIDE // max(image.size))
    return image.resize((image.width * factor, image.height * factor), Pillow.Resampling.NEAREST)


def _import_imgbeddings() -> Any:
    """The class of imgbeddings, imported without its libraries' chatter. Raises WeightsUnavailable."""
    # These are read at import. What a person has set stays.
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "critical")
    os.environ.setdefault("TRANSFORMERS_NO_ADVISORY_WARNINGS", "1")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("HF_HUB_VERBOSITY", "critical")
    os.environ.setdefault("HF_HUB_ETAG_TIMEOUT", "5")  # seconds, instead of 10 for each of several files
    warnings.filterwarnings("ignore", module=r"(huggingface_hub|transformers|imgbeddings)\b")
    try:
        from imgbeddings import imgbeddings
    except ImportError as error:
        raise WeightsUnavailable(
            "The clip recognizer is not installed: run `pip install '.[clip]'` in FindMe's folder,"
            f" {_OR_ANOTHER}."
        ) from error
    return imgbeddings


def _load(imgbeddings: Any, weights: Path | None, threads: int) -> Any:
    try:
        loaded = imgbeddings(model_path=None if weights is None else str(weights))
        # Its own session takes every processor, also where each has a worker of its own.
        loaded.session = cpu_session(Path(loaded.model_path).read_bytes(), threads=threads)
        return loaded
    except Exception as error:  # three libraries, each with errors of its own, for what is one trouble here
        raise WeightsUnavailable(_why_not_loaded(weights, error)) from error


def _why_not_loaded(weights: Path | None, error: Exception) -> str:
    if type(error).__module__.startswith("onnxruntime"):
        return _another_model(weights or "the file from the Hugging Face hub")
    if weights is None:
        return (
            "The clip recognizer's weights cannot be loaded from the Hugging Face hub: connect this machine"
            " to huggingface.co, or set FINDME_CLIP_MODEL to the file patch32_v1.onnx of"
            f" minimaxir/imgbeddings, {_OR_ANOTHER}."
        )
    return (
        "The clip recognizer's image processor (openai/clip-vit-base-patch32) is not in the Hugging Face"
        " cache folder: connect this machine to huggingface.co once, or set HF_HOME to a folder with it,"
        f" {_OR_ANOTHER}."
    )


def _another_model(weights: Path | str) -> str:
    return (
        f"The clip recognizer cannot use {weights}: it needs imgbeddings' ONNX model patch32_v1.onnx of 768"
        f" numbers; set FINDME_CLIP_MODEL to that file, {_OR_ANOTHER}."
    )
