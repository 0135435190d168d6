"""Small files in the place of CLIP's, in the forms that imgbeddings and transformers load."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import onnx
from onnx import TensorProto, helper

REVISION = "0123456789abcdef0123456789abcdef01234567"

PROCESSOR = {
    "crop_size": 224,
    "do_center_crop": True,
    "do_normalize": True,
    "do_resize": True,
    "feature_extractor_type": "CLIPFeatureExtractor",
    "image_mean": [0.48145466, 0.4578275, 0.40821073],
    "image_std": [0.26862954, 0.26130258, 0.27577711],
    "resample": 3,
    "size": 224,
}


@dataclass(frozen=True)
class ClipFiles:
    """Where the files are, and the environment that makes a process use them without a network."""

    model: Path  # ONNX: pixel_values (n, 3, 224, 224) -> embeddings (n, 768)
    hf_home: Path  # a Hugging Face cache folder with the image processor

    @property
    def env(self) -> dict[str, str]:
        return {
            "FINDME_CLIP_MODEL": str(self.model),
            "HF_HOME": str(self.hf_home),
            "HF_HUB_OFFLINE": "1",
        }


def write_clip_files(folder: Path, *, dimensions: int = 768) -> ClipFiles:
    """Writes a model and a cache folder into `folder`. Other `dimensions` make a model of another kind."""
    model, hf_home = folder / "clip.onnx", folder / "hf"
    folder.mkdir(parents=True, exist_ok=True)
    _write_model(model, dimensions)
    cache = hf_home / "hub" / "models--openai--clip-vit-base-patch32"
    snapshot = cache / "snapshots" / REVISION
    snapshot.mkdir(parents=True)
    (cache / "refs").mkdir()
    (cache / "refs" / "main").write_text(REVISION)
    (snapshot / "preprocessor_config.json").write_text(json.dumps(PROCESSOR))
    words = ["<|startoftext|>", "<|endoftext|>", "a", "a</w>"]
    (snapshot / "vocab.json").write_text(json.dumps({word: number for number, word in enumerate(words)}))
    (snapshot / "merges.txt").write_text("#version: 0.2\n")
    return ClipFiles(model, hf_home)


def _write_model(path: Path, dimensions: int) -> None:
    """A 16 x 16 thumbnail in three colours: 768 numbers that tell pictures apart, without any weights."""
    side = 16 if dimensions == 768 else 8
    pool = helper.make_node(
        "AveragePool",
        ["pixel_values"],
        ["thumbnail"],
        kernel_shape=[224 // side] * 2,
        strides=[224 // side] * 2,
    )
    flat = helper.make_node("Flatten", ["thumbnail"], ["embeddings"])
    graph = helper.make_graph(
        [pool, flat],
        "thumbnail",
        [helper.make_tensor_value_info("pixel_values", TensorProto.FLOAT, ["batch", 3, 224, 224])],
        [helper.make_tensor_value_info("embeddings", TensorProto.FLOAT, ["batch", 3 * side * side])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8  # what ONNX Runtime 1.20 reads
    onnx.save(model, str(path))
