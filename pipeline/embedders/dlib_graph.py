"""dlib's face recognition network as an ONNX graph.

A first convolution and a pooling, fourteen residual blocks, the mean over the picture, and a projection to
128 numbers. Sides of the feature maps: 150, 72, 35, 17, 8, 4, 2.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from pipeline.embedders.dlib_file import Convolution, DlibNetwork, read_network
from pipeline.embedders.dlib_ranges import RANGES, SHRINKAGE
from pipeline.quantisation import quantised
from pipeline.weights import Recipe

INPUT, OUTPUT = "chips", "vectors"
SIZE = 150  # side of a chip, in pixels
DIMENSIONS = 128

OPSET = 17
IR_VERSION = 8  # the one that came with this opset: older ONNX Runtimes read it too
FIRST_SIDE = 35  # of the feature maps that the first block gets

BLOCKS = (
    [(32, False)] * 3
    + [(64, True)] + [(64, False)] * 3
    + [(128, True)] + [(128, False)] * 2
    + [(256, True)] + [(256, False)] * 2
    + [(256, True)]
)  # fmt: skip
"""(channels, halves the side) of each residual block."""


def _in_floating_point(weights: bytes) -> bytes:
    return bytes(model(read_network(weights)).SerializeToString())


def _in_eight_bits(weights: bytes) -> bytes:
    network = read_network(weights)
    spread = replace(network, projection=(network.projection * SHRINKAGE).astype(np.float32))
    return bytes(quantised(model(spread), RANGES).SerializeToString())


DLIB_RESNET = Recipe(
    name="dlib-resnet",
    version=1,
    package="face_recognition_models",
    distribution="face-recognition-models",
    file="models/dlib_face_recognition_resnet_model_v1.dat",
    build=_in_floating_point,
)
"""Building it raises WeightsUnavailable where the .dat file is not dlib's."""

DLIB_RESNET_8_BITS = replace(DLIB_RESNET, name="dlib-resnet-8-bits", build=_in_eight_bits)


def model(network: DlibNetwork) -> onnx.ModelProto:
    """From chips (n, 150, 150, 3), uint8, RGB, to vectors (n, 128), float32."""
    graph = _Graph()
    convolutions = iter(network.convolutions)
    pixels = graph.add("Transpose", graph.add("Cast", INPUT, to=TensorProto.FLOAT), perm=[0, 3, 1, 2])
    value = graph.add("Relu", graph.convolve(pixels, _of_raw_pixels(next(convolutions), network.means)))
    value = graph.add("MaxPool", value, kernel_shape=[3, 3], strides=[2, 2])
    channels, side = 32, FIRST_SIDE
    for wanted, halves in BLOCKS:
        pair = next(convolutions), next(convolutions)
        value, side = _block(graph, value, pair, channels, wanted, side, halves)
        channels = wanted
    value = graph.add("Flatten", graph.add("GlobalAveragePool", value))
    graph.add("MatMul", value, graph.constant(network.projection), output=OUTPUT)
    return graph.model()


def _block(
    graph: _Graph,
    value: str,
    pair: tuple[Convolution, Convolution],
    channels: int,
    wanted: int,
    side: int,
    halves: bool,
) -> tuple[str, int]:
    """Adds a residual block; gives its output and that one's side."""
    first, second = pair
    branch = graph.convolve(graph.add("Relu", graph.convolve(value, first)), second)
    if halves:
        value = _halved(graph, value, channels, wanted)
        branch_side, side = (side - 3) // 2 + 1, side // 2
        branch = graph.pad(branch, side - branch_side)
    return graph.add("Relu", graph.add("Add", branch, value)), side


def _halved(graph: _Graph, value: str, channels: int, wanted: int) -> str:
    """The way around a block that halves: the mean of 2 x 2 pixels, and zeros for the channels that are new.

    Written as one convolution, because ONNX Runtime keeps those in its fast layout.
    """
    mean = np.zeros((wanted, channels, 2, 2), np.float32)
    mean[np.arange(channels), np.arange(channels)] = 0.25
    return graph.add("Conv", value, graph.constant(mean), kernel_shape=[2, 2], strides=[2, 2])


def _of_raw_pixels(first: Convolution, means: tuple[float, ...]) -> Convolution:
    """The first convolution with dlib's normalisation, (pixel - mean) / 256, folded in.

    That is exact because this convolution pads nothing.
    """
    weights = first.weights.astype(np.float64) / 256
    bias = first.bias - np.einsum("fcyx,c->f", weights, np.array(means))
    return Convolution(weights.astype(np.float32), bias.astype(np.float32), first.stride, first.padding)


class _Graph:
    """Collects nodes and constants under names of its own."""

    def __init__(self) -> None:
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []

    def add(self, operator: str, *inputs: str, output: str | None = None, **attributes: Any) -> str:
        output = output or f"{operator.lower()}{len(self._nodes)}"
        self._nodes.append(helper.make_node(operator, inputs, [output], name=output, **attributes))
        return output

    def constant(self, values: NDArray[Any]) -> str:
        name = f"constant{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def convolve(self, value: str, layer: Convolution) -> str:
        weights, bias = self.constant(layer.weights), self.constant(layer.bias)
        return self.add(
            "Conv",
            value,
            weights,
            bias,
            kernel_shape=layer.weights.shape[2:],
            strides=[layer.stride] * 2,
            pads=[layer.padding] * 4,
        )

    def pad(self, value: str, missing: int) -> str:
        """Zeros on the right and below, where a branch came out smaller than the way around it."""
        if not missing:
            return value
        return self.add("Pad", value, self.constant(np.array([0, 0, 0, 0, 0, 0, missing, missing], np.int64)))

    def model(self) -> onnx.ModelProto:
        chips = helper.make_tensor_value_info(INPUT, TensorProto.UINT8, ["batch", SIZE, SIZE, 3])
        vectors = helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, ["batch", DIMENSIONS])
        graph = helper.make_graph(self._nodes, "dlib-resnet", [chips], [vectors], self._constants)
        opset = helper.make_opsetid("", OPSET)
        made = helper.make_model(graph, opset_imports=[opset], ir_version=IR_VERSION)
        onnx.checker.check_model(made)
        return made
