"""Networks in 8 bits, on small ones whose numbers are known."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from pipeline.inference import cpu_session
from pipeline.quantisation import quantised
from tests.fakes.networks import network_of, outcome

RANGES = {"data": (-1.0, 1.0), "inner": (0.0, 4.0)}


@pytest.fixture
def network() -> onnx.ModelProto:
    """Two convolutions with a ReLU between them; the second has no bias."""
    random = np.random.default_rng(5)
    nodes = [
        helper.make_node("Identity", ["pixels"], ["data"]),
        helper.make_node("Conv", ["data", "first", "bias"], ["sum"], kernel_shape=[3, 3]),
        helper.make_node("Relu", ["sum"], ["inner"]),
        helper.make_node("Conv", ["inner", "second"], ["out"], kernel_shape=[1, 1]),
    ]
    constants = {
        "first": random.normal(0, 0.2, (6, 3, 3, 3)),
        "bias": random.normal(0, 0.2, 6),
        "second": random.normal(0, 0.2, (2, 6, 1, 1)),
    }
    return network_of(nodes, constants, side=10)


def test_the_numbers_stay_near(network: onnx.ModelProto) -> None:
    full, small = outcome(network), outcome(quantised(network, RANGES))
    assert 0 < np.abs(full - small).max() < 0.05 * np.abs(full).max()


def test_only_convolutions_between_bytes_have_byte_weights(network: onnx.ModelProto) -> None:
    made = {tensor.name: tensor for tensor in quantised(network, RANGES).graph.initializer}
    assert made["first.whole"].data_type == TensorProto.INT8
    assert made["bias.whole"].data_type == TensorProto.INT32
    assert made["second"].data_type == TensorProto.FLOAT  # its output has no range
    assert "first" not in made
    assert np.abs(numpy_helper.to_array(made["first.whole"])).max() <= 63


def test_without_ranges_nothing_changes(network: onnx.ModelProto) -> None:
    np.testing.assert_array_equal(outcome(network), outcome(quantised(network, {})))


def test_what_only_moves_numbers_and_what_comes_in_bytes_needs_no_range(network: onnx.ModelProto) -> None:
    """The pixels are read from bytes, and turned before and after the first convolution."""
    nodes = [
        helper.make_node("DequantizeLinear", ["pixels", "step", "middle"], ["data"]),
        helper.make_node("Transpose", ["data"], ["turned"], perm=[0, 1, 3, 2]),
        helper.make_node("Conv", ["turned", "first", "bias"], ["sum"], kernel_shape=[3, 3]),
        helper.make_node("Relu", ["sum"], ["inner"]),
        helper.make_node("Transpose", ["inner"], ["back"], perm=[0, 1, 3, 2]),
        helper.make_node("Pad", ["back", "around"], ["wide"]),
        helper.make_node("Reshape", ["wide", "flat"], ["long"]),
        helper.make_node("Conv", ["long", "second"], ["out"], kernel_shape=[1, 1]),
    ]
    constants = {
        "step": np.array(1 / 127, np.float32),
        "middle": np.array(127, np.uint8),
        "around": np.array([0, 0, 1, 1, 0, 0, 1, 1]),
        "flat": np.array([1, 6, 144, 1]),
    }
    graph = helper.make_graph(
        nodes,
        "small",
        [helper.make_tensor_value_info("pixels", TensorProto.UINT8, [1, 3, 12, 12])],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, [1, 2, 144, 1])],
        [*network.graph.initializer, *(numpy_helper.from_array(v, name) for name, v in constants.items())],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    made = quantised(model, {"inner": RANGES["inner"], "out": (-4.0, 4.0)})
    assert {"first.whole", "second.whole"} <= {tensor.name for tensor in made.graph.initializer}
    pixels = np.random.default_rng(6).integers(0, 255, (1, 3, 12, 12), dtype=np.uint8)
    full, small = (
        np.asarray(cpu_session(one.SerializeToString()).run(None, {"pixels": pixels})[0])
        for one in (model, made)
    )
    assert 0 < np.abs(full - small).max() < 0.05 * np.abs(full).max()


def test_the_sum_of_each_kernel_is_rounded_too() -> None:
    """Eight weights that all lose a little would together lose much of what they have on an even surface."""
    weights = np.array([[63.0, *[0.3] * 8], [-63.0, *[-0.3] * 8], [63.0, *[0.6] * 8]]) / 63
    graph = helper.make_graph(
        [
            helper.make_node("Identity", ["pixels"], ["data"]),
            helper.make_node("Conv", ["data", "weights"], ["out"], kernel_shape=[3, 3]),
        ],
        "one convolution",
        [helper.make_tensor_value_info("pixels", TensorProto.FLOAT, [1, 1, 5, 5])],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, [1, 3, 3, 3])],
        [numpy_helper.from_array(weights.reshape(3, 1, 3, 3).astype(np.float32), "weights")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    made = quantised(model, {"data": (0.0, 1.0), "out": (-3.0, 3.0)}).graph.initializer
    whole = next(numpy_helper.to_array(tensor) for tensor in made if tensor.name == "weights.whole")
    kernels = whole.reshape(3, 9).astype(int)
    assert kernels.sum(axis=1).tolist() == [65, -65, 68]
    assert [sorted(set(kernel.tolist())) for kernel in kernels] == [[0, 1, 63], [-63, -1, 0], [0, 1, 63]]
