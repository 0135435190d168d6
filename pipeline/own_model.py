"""The description of a face model of one's own: a small TOML file; see docs/recognizers.md."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.calibration import Calibration
from pipeline.embedders.arcface_onnx import FaceInput
from pipeline.embedders.arcface_template import SIZE, TEMPLATE
from pipeline.embedders.unit import distance_of
from pipeline.errors import WeightsUnavailable
from pipeline.geometry import FloatArray
from pipeline.unit_calibration import Curve, own

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_KEYS = frozenset(
    (
        *("name", "model", "size", "mean", "scale", "colours", "landmarks", "version"),
        *("threshold", "cosine", "strong", "even", "steepness"),
    )
)
_FARTHEST = 2.0  # two vectors of length one are never farther apart
_STEEPEST = 1e5


@dataclass(frozen=True, slots=True, eq=False)
class OwnModel:
    """What the file says."""

    name: str  # of the recognizer
    model: Path  # the ONNX file
    face: FaceInput
    template: FloatArray  # (5, 2): where the landmarks belong, in pixels of the chip
    calibration: Calibration  # of distances between vectors of length one
    version: int | None  # None = told from what the vectors depend on

    def digest(self, model: bytes) -> bytes:
        """SHA-256 of what the vectors depend on: the model's bytes and the numbers beside them."""
        return hashlib.sha256(repr((self.face, self.template.tolist())).encode() + model).digest()

    def space_version(self, model: bytes) -> int:
        """The version of the vectors' space: the one that is given, else one of its own for each model.

        So another file, or other numbers beside it, never share a space by mistake.
        """
        if self.version is not None:
            return self.version
        return int.from_bytes(self.digest(model)[:4])


def read_own_model(path: Path) -> OwnModel:
    """The model that a TOML file describes. Raises WeightsUnavailable."""
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise _wrong(path, f"cannot be read ({error.strerror})") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise _wrong(path, f"is no TOML ({error})") from None
    try:
        return _understood(said, path.parent)
    except ValueError as error:
        raise _wrong(path, str(error)) from None


def _understood(said: Mapping[str, Any], folder: Path) -> OwnModel:
    if unknown := sorted(said.keys() - _KEYS):
        raise ValueError(f"has a key that means nothing: {unknown[0]}; known are {', '.join(sorted(_KEYS))}")
    name, model = said.get("name"), said.get("model")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ValueError('needs a name of small letters, digits and underscores, such as name = "arcface"')
    if not isinstance(model, str) or not model:
        raise ValueError('must say where the ONNX file is, such as model = "arcface.onnx"')
    size = _whole(said, "size", SIZE, least=16, most=1024)
    version = _whole(said, "version", None, least=0, most=2**31 - 1)
    assert size is not None  # noqa: S101  (it has a default)
    colours = said.get("colours", "RGB")
    if colours not in ("RGB", "BGR"):
        raise ValueError('has colours that are neither "RGB" nor "BGR"')
    return OwnModel(
        name=name,
        model=folder / Path(model).expanduser(),
        face=FaceInput(size, _three(said, "mean", 127.5), _three(said, "scale", 1 / 127.5), colours == "RGB"),
        template=_template(said.get("landmarks"), size),
        calibration=_calibration(said),
        version=version,
    )


def _template(said: Any, size: int) -> FloatArray:
    if said is None:
        return np.asarray(TEMPLATE * (size / SIZE))
    try:
        points = np.array(said, np.float64)
    except (TypeError, ValueError):
        points = np.empty(0)
    if points.shape != (5, 2) or not (np.isfinite(points).all() and (points >= 0).all()):
        raise ValueError(
            "needs five landmarks of two numbers each: left eye, right eye, nose, left and right corner of "
            "the mouth, as seen in the image, in pixels of the chip"
        )
    return points


def _calibration(said: Mapping[str, Any]) -> Calibration:
    threshold = _threshold(said)
    measured = [key for key in ("strong", "even", "steepness") if key in said]
    if measured and threshold is None:
        raise ValueError(f"has {measured[0]} without a threshold or a cosine: give one, too")
    if ("even" in said) != ("steepness" in said):
        raise ValueError("has one of even and steepness: give both, or none")
    strong = _number(said["strong"], "strong", 0.0, threshold or _FARTHEST) if "strong" in said else None
    if "even" not in said:
        return own(threshold, strong)
    steepness = _number(said["steepness"], "steepness", 0.1, _STEEPEST)
    return own(threshold, strong, Curve(_number(said["even"], "even", 0.0, _FARTHEST), steepness))


def _threshold(said: Mapping[str, Any]) -> float | None:
    if "threshold" in said and "cosine" in said:
        raise ValueError("has a threshold and a cosine: give one of them")
    if "cosine" in said:
        return distance_of(_number(said["cosine"], "cosine", -1.0, 1.0))
    return _number(said["threshold"], "threshold", 0.0, _FARTHEST) if "threshold" in said else None


def _three(said: Mapping[str, Any], key: str, default: float) -> tuple[float, float, float]:
    value = said.get(key, default)
    values = value if isinstance(value, list) else [value] * 3
    if len(values) != 3:
        raise ValueError(f"needs one number or three for {key}")
    first, second, third = (_number(one, key, -1e6, 1e6) for one in values)
    return first, second, third


def _number(value: Any, key: str, least: float, most: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise ValueError(f"needs a number from {least:g} to {most:g} for {key}")
    return float(value)


def _whole(said: Mapping[str, Any], key: str, default: int | None, *, least: int, most: int) -> int | None:
    if key not in said:
        return default
    value = said[key]
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise ValueError(f"needs a whole number from {least} to {most} for {key}")
    return int(value)


def _wrong(path: Path, what: str) -> WeightsUnavailable:
    return WeightsUnavailable(
        f"{path} {what}. Correct it, or FINDME_ONNX_RECOGNIZER; docs/recognizers.md has an example."
    )
