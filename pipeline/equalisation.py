"""Networks made ready for 8 bits: the same function, with channels whose weights are of one size.

Nagel, van Baalen, Blankevoort, Welling 2019, "Data-Free Quantization Through Weight Equalization and Bias
Correction". A ReLU lets a positive factor through: what leaves a convolution may be divided by one, channel
by channel, if the convolution behind the ReLU multiplies by it. The factors that leave both with weights of
the same size waste the fewest of the 256 steps that all channels of a tensor share.
"""

from __future__ import annotations

from collections import Counter

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper

ROUNDS = 20  # factors of neighbouring pairs depend on each other; they hardly change any more after these
_LEAST = 1e-6

Pair = tuple[onnx.NodeProto, onnx.NodeProto]


def equalised(model: onnx.ModelProto) -> onnx.ModelProto:
    """The model with other weights in every pair of convolutions that has a ReLU and nothing else between."""
    made = onnx.ModelProto()
    made.CopyFrom(model)
    arrays = {tensor.name: numpy_helper.to_array(tensor) for tensor in made.graph.initializer}
    pairs = _pairs(made.graph)
    for _ in range(ROUNDS):
        for before, behind in pairs:
            _equalise(arrays, before, behind)
    del made.graph.initializer[:]
    made.graph.initializer.extend(numpy_helper.from_array(values, name) for name, values in arrays.items())
    return made


def _pairs(graph: onnx.GraphProto) -> list[Pair]:
    """Convolutions with a bias, and the ones that alone read their ReLU."""
    uses = Counter(name for node in graph.node for name in node.input)
    relus = {node.input[0]: node.output[0] for node in graph.node if node.op_type == "Relu"}
    readers = {node.input[0]: node for node in graph.node if node.op_type == "Conv"}
    return [
        (node, readers[relus[node.output[0]]])
        for node in graph.node
        if node.op_type == "Conv"
        and len(node.input) == 3
        and uses[node.output[0]] == 1
        and relus.get(node.output[0]) in readers
        and uses[relus[node.output[0]]] == 1
    ]


def _equalise(arrays: dict[str, NDArray[np.generic]], before: onnx.NodeProto, behind: onnx.NodeProto) -> None:
    """Divides what leaves the first convolution, and multiplies in the second."""
    _, first, bias = before.input
    second = behind.input[1]
    weights = arrays[second].astype(np.float32)
    own_each = weights.shape[1] == 1  # a depthwise convolution: one filter a channel
    per_channel = weights if own_each else weights.swapaxes(0, 1)
    factors = np.sqrt(_largest(arrays[first].astype(np.float32)) / _largest(per_channel))
    arrays[first] = (arrays[first] / factors[:, None, None, None]).astype(np.float32)
    arrays[bias] = (arrays[bias] / factors).astype(np.float32)
    scaled = per_channel * factors[:, None, None, None]
    arrays[second] = np.array(scaled if own_each else scaled.swapaxes(0, 1), np.float32, order="C")


def _largest(filters: NDArray[np.float32]) -> NDArray[np.float32]:
    """The size of the largest weight of each filter."""
    largest: NDArray[np.float32] = np.abs(filters).reshape(len(filters), -1).max(axis=1)
    return np.maximum(largest, np.float32(_LEAST))
