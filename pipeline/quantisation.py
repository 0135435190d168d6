"""Networks in 8 bits: the same graph with bytes for numbers, by ranges that were measured beforehand.

Static quantisation in ONNX's QDQ form: activations as unsigned bytes, weights as signed ones, a scale for
each output channel. Weights keep to 7 bits, so that no processor's 16-bit sums can overflow.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

Range = tuple[float, float]
"""The least and the largest value of a tensor."""

_MOVES = ("Pad", "Reshape", "Transpose")  # operators that only move numbers, or put zeros beside them
_LARGEST_WEIGHT = 63
_LARGEST_BYTE = 255
_LEAST_SCALE = 1e-8


def quantised(model: onnx.ModelProto, ranges: Mapping[str, Range]) -> onnx.ModelProto:
    """The model with each tensor that has a range as bytes.

    Convolutions between two such tensors, with or without a ReLU behind them, become 8-bit ones; all others
    stay in floating point. What only moves numbers keeps the range of what it is given, and what the graph
    itself reads from bytes has the range of these. Needs opset 13 or later.
    """
    rewriter = _Rewriter(model, dict(ranges))
    for node in model.graph.node:
        rewriter.add(node)
    made = onnx.ModelProto()
    made.CopyFrom(model)
    del made.graph.node[:], made.graph.initializer[:]
    made.graph.node.extend(rewriter.nodes)
    made.graph.initializer.extend(rewriter.used_constants())
    onnx.checker.check_model(made)
    return made


@dataclass(slots=True)
class _Rewriter:
    model: onnx.ModelProto
    ranges: dict[str, Range]  # grows by those that follow from others
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    constants: dict[str, NDArray[np.generic]] = field(init=False)
    behind: dict[str, str] = field(init=False)  # a tensor -> what the ReLU that reads it gives

    def __post_init__(self) -> None:
        graph = self.model.graph
        self.constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
        self.behind = {node.input[0]: node.output[0] for node in graph.node if node.op_type == "Relu"}

    def add(self, node: onnx.NodeProto) -> None:
        """Adds a node that reads bytes where there are any, and turns what it gives into bytes."""
        copy = onnx.NodeProto()
        copy.CopyFrom(node)
        data, output = node.input[0], node.output[0]
        if node.op_type == "DequantizeLinear":
            self._given_in_bytes(copy)
            return
        if node.op_type in _MOVES and data in self.ranges:
            self.ranges[output] = self.ranges[data]
        if node.op_type == "Conv" and data in self.ranges and self._ends_in_bytes(output):
            copy.input[1:] = self._weights(*node.input)
        copy.input[:] = [_back(name) if name in self.ranges else name for name in copy.input]
        self.nodes.append(copy)
        if output in self.ranges:
            self._to_bytes(output)

    def used_constants(self) -> list[onnx.TensorProto]:
        """The constants that some node reads."""
        used = {name for node in self.nodes for name in node.input}
        return [
            numpy_helper.from_array(np.ascontiguousarray(values) if values.ndim else values, name)
            for name, values in self.constants.items()
            if name in used
        ]

    def _given_in_bytes(self, node: onnx.NodeProto) -> None:
        scale, zero = (float(self.constants[name]) for name in node.input[1:])
        (output,) = node.output
        self.ranges[output] = (-zero * scale, (_LARGEST_BYTE - zero) * scale)
        node.output[:] = [_back(output)]
        self.nodes.append(node)

    def _ends_in_bytes(self, output: str) -> bool:
        return output in self.ranges or self.behind.get(output) in self.ranges

    def _to_bytes(self, name: str) -> None:
        scale, zero = _scale_and_zero(self.ranges[name])
        self.constants |= {f"{name}.scale": scale, f"{name}.zero": zero}
        parameters = [f"{name}.scale", f"{name}.zero"]
        self._node("QuantizeLinear", [name, *parameters], f"{name}.bytes")
        self._node("DequantizeLinear", [f"{name}.bytes", *parameters], _back(name))

    def _weights(self, data: str, weights: str, bias: str | None = None) -> list[str]:
        """A convolution's weights and bias in 8 and 32 bits, read back by nodes that are fused into it."""
        values = self.constants[weights].astype(np.float32)
        largest = np.abs(values).reshape(len(values), -1).max(axis=1)
        scales = np.maximum(largest / _LARGEST_WEIGHT, _LEAST_SCALE).astype(np.float32)
        small = _rounded(values / scales.reshape(-1, 1, 1, 1)).astype(np.int8)
        read = [self._read_back(weights, small, scales)]
        if bias is not None:
            steps = (scales * _scale_and_zero(self.ranges[data])[0]).astype(np.float32)
            whole = np.rint(self.constants[bias] / steps).astype(np.int32)
            read.append(self._read_back(bias, whole, steps))
        return read

    def _read_back(self, name: str, whole: NDArray[np.generic], scales: NDArray[np.float32]) -> str:
        """A constant kept in whole numbers, a scale for each output channel."""
        zeros = np.zeros(len(scales), whole.dtype)
        self.constants |= {f"{name}.whole": whole, f"{name}.scale": scales, f"{name}.zero": zeros}
        parameters = [f"{name}.{part}" for part in ("whole", "scale", "zero")]
        self._node("DequantizeLinear", parameters, _back(name), axis=0)
        return _back(name)

    def _node(self, operator: str, inputs: list[str], output: str, **attributes: Any) -> None:
        self.nodes.append(helper.make_node(operator, inputs, [output], **attributes))


def _rounded(kernels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Whole numbers near these (out, in, height, width), such that each kernel's sum is rounded, too.

    The pixels under a kernel are much alike, so what counts most is the sum of its errors. Where the nearest
    whole numbers add up to too little, those that lost most are rounded up instead, and the other way round.
    """
    exact = kernels.reshape(*kernels.shape[:2], -1)
    whole = np.rint(exact)
    missing = np.rint(exact.sum(axis=-1, keepdims=True) - whole.sum(axis=-1, keepdims=True))
    loss = (exact - whole) * np.where(missing < 0, -1, 1)
    place = np.argsort(np.argsort(-loss, axis=-1, kind="stable"), axis=-1)  # 0: lost most
    whole += np.sign(missing) * (place < np.abs(missing))
    return np.asarray(whole.reshape(kernels.shape), np.float32)


def _back(name: str) -> str:
    """What a tensor is called after it was made bytes and read back."""
    return f"{name}.read"


def _scale_and_zero(limits: Range) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """The step between two bytes, and the byte that stands for zero."""
    least, largest = min(limits[0], 0.0), max(limits[1], 0.0)
    scale = max((largest - least) / _LARGEST_BYTE, _LEAST_SCALE)
    return np.array(scale, np.float32), np.array(round(-least / scale), np.uint8)
