"""`findme models` and `findme models fetch`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli.entry import command_line
from pipeline import model_files
from pipeline.errors import FindMeError
from tests.fakes.web_server import WebFile, serving

MODEL = b"a small model"


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[WebFile]:
    """sface's first file on a server of our own, and a data folder of the test's own."""
    with serving(MODEL) as file:
        known = replace(
            model_files.YUNET, url=file.url, sha256=hashlib.sha256(MODEL).hexdigest(), size=len(MODEL)
        )
        monkeypatch.setattr(model_files, "KNOWN", (known,))
        monkeypatch.setenv("FINDME_DATA_DIR", str(tmp_path / "data"))
        monkeypatch.chdir(tmp_path)
        yield file


def run(*arguments: str) -> Result:
    return CliRunner().invoke(command_line(), ["models", *arguments])


def test_lists_what_there_is_and_fetches_nothing(web: WebFile, tmp_path: Path) -> None:
    table = run()
    assert table.exit_code == 0
    for word in ("sface", "face_detection_yunet_2023mar.onnx", "MIT", "0.0 MB", "no", str(tmp_path / "data")):
        assert word in table.stdout
    (listed,) = json.loads(run("--json").stdout)["models"]
    assert listed["present"] is False
    assert listed["bytes"] == len(MODEL)
    assert listed["path"] == str(tmp_path / "data" / "models" / "face_detection_yunet_2023mar.onnx")
    assert web.asked == []
    assert not (tmp_path / "data").exists()


@pytest.mark.usefixtures("web")
def test_fetches_after_the_licence_was_shown_and_accepted(tmp_path: Path) -> None:
    done = run("fetch", "sface", "--yes")
    assert done.exit_code == 0, done.output
    path = tmp_path / "data" / "models" / "face_detection_yunet_2023mar.onnx"
    assert path.read_bytes() == MODEL
    assert str(path) in done.stdout
    assert json.loads(run("--json").stdout)["models"][0]["present"] is True


def test_without_a_yes_nothing_is_fetched(
    web: WebFile, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    refused = run("fetch", "sface")
    assert isinstance(refused.exception, FindMeError)
    assert "not accepted" in str(refused.exception)
    assert web.asked == []
    assert not (tmp_path / "data").exists()
    said = refused.stderr + capsys.readouterr().err
    assert said.index("licence: MIT, https://") < said.index("--yes")


@pytest.mark.usefixtures("web")
def test_an_unknown_name_is_refused_with_the_known_ones() -> None:
    refused = run("fetch", "buffalo")
    assert isinstance(refused.exception, FindMeError)
    assert "there are: sface" in str(refused.exception)
