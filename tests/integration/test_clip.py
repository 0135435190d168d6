"""The clip embedder through imgbeddings' own loading code, on small files of CLIP's form.

In processes of their own, since Hugging Face's libraries read the environment when they are imported.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pipeline.embedders.clip import Clip
from pipeline.errors import WeightsUnavailable
from tests.fakes.clip_model import write_clip_files

if importlib.util.find_spec("imgbeddings") is None:
    pytest.skip("the extra `clip` is not installed", allow_module_level=True)

SCRIPT = """
import json, sys
from pathlib import Path
import numpy as np
from pipeline.embedders.clip import Clip
from pipeline.errors import WeightsUnavailable

random = np.random.default_rng(1)
big = random.integers(0, 255, (120, 90, 3), np.uint8)
tiny = [np.zeros((1, 1, 3), np.uint8), np.full((3, 3, 3), 255, np.uint8), np.zeros((1, 40, 3), np.uint8)]
chips = [big, big[:, ::-1].copy(), *tiny]

def outcome(weights):
    try:
        clip = Clip.load(Path(weights) if weights else None)
    except WeightsUnavailable as error:
        return str(error)
    vectors = clip.embed(chips)
    return {
        "shape": vectors.shape, "dtype": str(vectors.dtype), "finite": bool(np.isfinite(vectors).all()),
        "alone": bool((clip.embed(chips[:1])[0] == vectors[0]).all()),
        "apart": float(np.linalg.norm(vectors[0] - vectors[1])), "none": clip.embed([]).shape,
        "dark": float(vectors[2].max()), "white": float(vectors[3].min()),
    }

print(json.dumps([outcome(weights) for weights in sys.argv[1:]]))
"""


def outcomes(weights: list[str], env: dict[str, str]) -> tuple[list[Any], str]:
    """What loading each file of weights gives ("" = from the hub), and what stood on stderr."""
    clean = {
        name: value for name, value in os.environ.items() if not name.startswith(("HF_", "TRANSFORMERS_"))
    }
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *weights],
        env={**clean, **env},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), done.stderr


def test_embeds_chips_of_any_size_offline(tmp_path: Path) -> None:
    files = write_clip_files(tmp_path)
    other_kind = write_clip_files(tmp_path / "other", dimensions=192).model
    no_model = tmp_path / "no_model.onnx"
    no_model.write_text("nothing of the kind")
    in_the_hubs_cache = files.hf_home / "hub" / "patch32_v1.onnx"
    in_the_hubs_cache.write_bytes(files.model.read_bytes())

    results, noise = outcomes([str(files.model), "", str(other_kind), str(no_model)], files.env)

    own, from_hub, from_other_kind, from_no_model = results
    assert own["shape"] == [5, 768]
    assert own["dtype"] == "float32"
    assert own["finite"]
    assert own["alone"], "a chip's vector must not depend on the others"
    assert own["apart"] > 1
    assert own["none"] == [0, 768]
    assert own["dark"] < 0 < own["white"], "a tiny chip keeps its colours"
    assert from_hub == own, "weights that the hub's cache folder holds need no network"
    assert str(other_kind) in from_other_kind
    assert str(no_model) in from_no_model
    assert noise == ""


def test_without_files_says_how_to_get_them(tmp_path: Path) -> None:
    model = write_clip_files(tmp_path).model
    env = {"HF_HOME": str(tmp_path / "empty"), "HF_HUB_OFFLINE": "1"}
    (no_weights, no_processor), noise = outcomes(["", str(model)], env)
    assert "huggingface.co" in no_weights
    assert "FINDME_CLIP_MODEL" in no_weights
    assert "image processor" in no_processor
    assert "HF_HOME" in no_processor
    assert noise == ""


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(WeightsUnavailable, match=r"gone\.onnx"):
        Clip.load(tmp_path / "gone.onnx")


def test_without_the_extra_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "imgbeddings", None)
    with pytest.raises(WeightsUnavailable, match="not installed"):
        Clip.load()
