"""Small networks, made on the spot, and what they compute."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from pipeline.inference import cpu_session

SIDE = 12


def network_of(
    nodes: Sequence[onnx.NodeProto], constants: dict[str, NDArray[np.float64]], *, side: int
) -> onnx.ModelProto:
    """From `pixels`, (1, 3, SIDE, SIDE), to `out`, (1, 2, side, side)."""
    graph = helper.make_graph(
        nodes,
        "small",
        [helper.make_tensor_value_info("pixels", TensorProto.FLOAT, [1, 3, SIDE, SIDE])],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, [1, 2, side, side])],
        [numpy_helper.from_array(values.astype(np.float32), name) for name, values in constants.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)


def outcome(model: onnx.ModelProto) -> NDArray[np.float32]:
    """What it makes of the same noise as any other."""
    pixels = np.random.default_rng(6).uniform(-1, 1, (1, 3, SIDE, SIDE)).astype(np.float32)
    return np.asarray(cpu_session(model.SerializeToString()).run(None, {"pixels": pixels})[0])
