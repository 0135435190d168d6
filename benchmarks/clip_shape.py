"""A network of the shape of CLIP's ViT-B/32, with random weights: costs what CLIP costs, and knows nothing.

As imgbeddings' own file is, its weights are in 8 bits, quantised dynamically (88 MB).
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

LAYERS, WIDTH, HEADS, INNER = 12, 768, 12, 3072
PATCH, SIDE = 32, 224
TOKENS = (SIDE // PATCH) ** 2 + 1
OPSET = 17


def write_clip_shape(path: Path) -> None:
    """Writes the ONNX file: pixel_values (n, 3, 224, 224) to embeddings (n, 768)."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    full = path.with_suffix(".full.onnx")
    onnx.save(_Network().model(), str(full))
    logging.disable(logging.WARNING)  # it recommends a step that would change nothing that is measured
    quantize_dynamic(full, path, weight_type=QuantType.QUInt8)
    logging.disable(logging.NOTSET)
    full.unlink()


class _Network:
    def __init__(self) -> None:
        self._random = np.random.default_rng(0)
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []

    def model(self) -> onnx.ModelProto:
        """Patches, a token for the whole, twelve layers of attention, the first token."""
        value = self._add(
            "Conv", "pixel_values", self._weights(WIDTH, 3, PATCH, PATCH), strides=[PATCH, PATCH]
        )
        value = self._add("Reshape", value, self._constant(np.array([0, WIDTH, TOKENS - 1])))
        value = self._add("Transpose", value, perm=[0, 2, 1])
        value = self._add("Concat", self._add("Slice", value, *self._first()), value, axis=1)
        value = self._norm(self._add("Add", value, self._weights(TOKENS, WIDTH)))
        for _ in range(LAYERS):
            value = self._add("Add", value, self._attention(self._norm(value)))
            inner = self._linear(self._norm(value), WIDTH, INNER)
            gated = self._add("Mul", inner, self._add("Sigmoid", inner))
            value = self._add("Add", value, self._linear(gated, INNER, WIDTH))
        value = self._norm(self._add("Slice", value, *self._first()))
        self._add("Reshape", value, self._constant(np.array([-1, WIDTH])), output="embeddings")
        graph = helper.make_graph(
            self._nodes,
            "clip-shape",
            [helper.make_tensor_value_info("pixel_values", TensorProto.FLOAT, ["batch", 3, SIDE, SIDE])],
            [helper.make_tensor_value_info("embeddings", TensorProto.FLOAT, ["batch", WIDTH])],
            self._constants,
        )
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)

    def _attention(self, value: str) -> str:
        heads = self._constant(np.array([0, 0, HEADS, WIDTH // HEADS]))
        whole = self._constant(np.array([0, 0, WIDTH]))
        turns = ([0, 2, 1, 3], [0, 2, 3, 1], [0, 2, 1, 3])
        query, key, content = (
            self._add("Transpose", self._add("Reshape", self._linear(value, WIDTH, WIDTH), heads), perm=turn)
            for turn in turns
        )
        weights = self._add("Softmax", self._add("MatMul", query, key), axis=-1)
        mixed = self._add("Transpose", self._add("MatMul", weights, content), perm=[0, 2, 1, 3])
        return self._linear(self._add("Reshape", mixed, whole), WIDTH, WIDTH)

    def _linear(self, value: str, width: int, wanted: int) -> str:
        product = self._add("MatMul", value, self._weights(width, wanted))
        return self._add("Add", product, self._weights(wanted))

    def _norm(self, value: str) -> str:
        ones, zeros = (self._constant(make(WIDTH, np.float32)) for make in (np.ones, np.zeros))
        return self._add("LayerNormalization", value, ones, zeros, axis=-1)

    def _first(self) -> list[str]:
        return [self._constant(np.array([number])) for number in (0, 1, 1)]  # start, end, axis

    def _weights(self, *shape: int) -> str:
        return self._constant((self._random.standard_normal(shape) * 0.02).astype(np.float32))

    def _constant(self, values: Any) -> str:
        name = f"constant{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(values, name))
        return name

    def _add(self, operator: str, *inputs: str, output: str | None = None, **attributes: Any) -> str:
        output = output or f"{operator.lower()}{len(self._nodes)}"
        self._nodes.append(helper.make_node(operator, inputs, [output], name=output, **attributes))
        return output
