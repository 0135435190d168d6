"""Fetching model files over real HTTP, from a server of one file."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.errors import WeightsUnavailable
from pipeline.fetching import CHUNK, fetch, is_present
from pipeline.model_files import KNOWN, ModelFile
from tests.fakes.face_models import write_yunet
from tests.fakes.web_server import WebFile, serving


@pytest.fixture
def web(tmp_path: Path) -> Iterator[WebFile]:
    """A small model on the web, of several chunks."""
    data = write_yunet(tmp_path / "served" / "model.onnx").read_bytes()
    with serving(data * (3 * CHUNK // len(data) + 1)) as file:
        yield file


def known(web: WebFile) -> ModelFile:
    """What FindMe knows of it."""
    digest = hashlib.sha256(web.data).hexdigest()
    return replace(KNOWN[0], name="model.onnx", url=web.url, sha256=digest, size=len(web.data))


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_fetched_once(web: WebFile, tmp_path: Path) -> None:
    model, folder = known(web), tmp_path / "data" / "models"
    seen: list[tuple[int, int]] = []
    assert not is_present(model, folder)
    assert fetch(model, folder, lambda done, total: seen.append((done, total)))
    assert (folder / "model.onnx").read_bytes() == web.data
    assert files(folder) == ["model.onnx"]
    assert seen[-1] == (model.size, model.size)
    assert len(seen) > 1
    assert is_present(model, folder)
    assert not fetch(model, folder)
    assert len(web.asked) == 1, "it was there, byte for byte"


def test_what_was_cut_is_continued(web: WebFile, tmp_path: Path) -> None:
    model = known(web)
    web.cut = CHUNK + 1000
    with pytest.raises(WeightsUnavailable, match="the next try continues") as caught:
        fetch(model, tmp_path)
    assert "FINDME_SFACE_DETECTOR" in str(caught.value)
    kept = (tmp_path / "model.onnx.part").stat().st_size
    assert 0 < kept <= CHUNK + 1000
    assert not is_present(model, tmp_path)
    web.cut = None
    assert fetch(model, tmp_path)
    assert (tmp_path / "model.onnx").read_bytes() == web.data
    assert web.asked == ["", f"bytes={kept}-{model.size - 1}"]
    assert "model.onnx.part" not in files(tmp_path)


def test_a_server_without_ranges_sends_it_again(web: WebFile, tmp_path: Path) -> None:
    model = known(web)
    web.ranges = False
    (tmp_path / "model.onnx.part").write_bytes(web.data[:1000])
    assert fetch(model, tmp_path)
    assert (tmp_path / "model.onnx").read_bytes() == web.data


@pytest.mark.parametrize("left", ["another file", "the whole file", "too much"])
def test_what_an_earlier_try_left_is_checked(web: WebFile, tmp_path: Path, left: str) -> None:
    model = known(web)
    part = tmp_path / "model.onnx.part"
    part.write_bytes({"another file": b"x" * 1000, "the whole file": web.data}.get(left, web.data + b"x"))
    if left == "the whole file":
        assert fetch(model, tmp_path)
        assert web.asked == []
        return
    with pytest.raises(WeightsUnavailable, match="another SHA-256"):
        fetch(model, tmp_path)
    assert not part.exists()
    assert fetch(model, tmp_path), "the next try starts over"
    assert (tmp_path / "model.onnx").read_bytes() == web.data


def test_another_file_is_refused_and_deleted(web: WebFile, tmp_path: Path) -> None:
    model = known(web)
    for other in (web.data[:-1] + b"?", web.data + b"more"):
        web.data = other
        with pytest.raises(WeightsUnavailable, match="do not use it"):
            fetch(model, tmp_path)
        assert "model.onnx.part" not in files(tmp_path)
        assert "model.onnx" not in files(tmp_path)


def test_a_damaged_file_is_fetched_again(web: WebFile, tmp_path: Path) -> None:
    model = known(web)
    (tmp_path / "model.onnx").write_bytes(b"?" * model.size)
    assert fetch(model, tmp_path)
    assert (tmp_path / "model.onnx").read_bytes() == web.data


def test_no_answer_says_what_to_do(web: WebFile, tmp_path: Path) -> None:
    model = known(web)
    web.status = 404
    with pytest.raises(WeightsUnavailable, match="status 404"):
        fetch(model, tmp_path)
    with pytest.raises(WeightsUnavailable, match="ConnectionError"):
        fetch(replace(model, url="http://127.0.0.1:1/model.onnx"), tmp_path)


def test_one_process_at_a_time(web: WebFile, tmp_path: Path) -> None:
    model = known(web)

    def meanwhile(*_: int) -> None:
        with pytest.raises(WeightsUnavailable, match="another process"):
            fetch(model, tmp_path)

    assert fetch(model, tmp_path, meanwhile)


def test_a_folder_that_cannot_be_written_is_said(web: WebFile, tmp_path: Path) -> None:
    (tmp_path / "models").write_text("a file")
    with pytest.raises(WeightsUnavailable, match="FINDME_DATA_DIR"):
        fetch(known(web), tmp_path / "models")


def test_what_is_known_is_pinned() -> None:
    assert {file.recognizer for file in KNOWN} == {"sface"}
    for file in KNOWN:
        assert file.url.startswith("https://")
        assert "/main/" not in file.url, "a branch moves"
        assert file.url.endswith(file.name)
        assert len(bytes.fromhex(file.sha256)) == 32
        assert file.licence in ("MIT", "Apache-2.0")
