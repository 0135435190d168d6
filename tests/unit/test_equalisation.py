"""Equalised networks, on a small one."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from pipeline.equalisation import equalised
from tests.fakes.networks import network_of, outcome

UNEVEN = np.array([30.0, 1.0, 0.02, 1.0], np.float32)


@pytest.fixture
def network() -> onnx.ModelProto:
    """A convolution of uneven channels, a depthwise one that two others read, one without a bias, a sum."""
    random = np.random.default_rng(5)
    nodes = [
        helper.make_node("Conv", ["pixels", "first", "bias"], ["sum"], kernel_shape=[3, 3]),
        helper.make_node("Relu", ["sum"], ["inner"]),
        helper.make_node("Conv", ["inner", "each", "own"], ["eaches"], kernel_shape=[3, 3], group=4),
        helper.make_node("Relu", ["eaches"], ["shared"]),
        helper.make_node("Conv", ["shared", "left"], ["one"], kernel_shape=[1, 1]),
        helper.make_node("Conv", ["shared", "right"], ["other"], kernel_shape=[1, 1]),
        helper.make_node("Relu", ["one"], ["without bias"]),
        helper.make_node("Conv", ["without bias", "last"], ["third"], kernel_shape=[1, 1]),
        helper.make_node("Add", ["third", "other"], ["out"]),
    ]
    constants: dict[str, NDArray[np.float64]] = {
        "first": random.normal(0, 0.2, (4, 3, 3, 3)) * UNEVEN[:, None, None, None],
        "bias": random.normal(0, 0.2, 4) * UNEVEN,
        "each": random.normal(0, 0.2, (4, 1, 3, 3)),
        "own": random.normal(0, 0.2, 4),
        "left": random.normal(0, 0.2, (2, 4, 1, 1)),
        "right": random.normal(0, 0.2, (2, 4, 1, 1)),
        "last": random.normal(0, 0.2, (2, 2, 1, 1)),
    }
    return network_of(nodes, constants, side=8)


def weights(model: onnx.ModelProto) -> dict[str, NDArray[np.float32]]:
    return {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}


def largest(filters: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(np.abs(filters).reshape(len(filters), -1).max(axis=1))


def test_the_network_computes_the_same(network: onnx.ModelProto) -> None:
    before, after = outcome(network), outcome(equalised(network))
    assert np.abs(before).max() > 1
    np.testing.assert_allclose(after, before, rtol=1e-4, atol=1e-4)


def test_a_channel_has_weights_of_one_size_before_and_behind_the_relu(network: onnx.ModelProto) -> None:
    even, uneven = weights(equalised(network)), weights(network)
    assert largest(uneven["first"]).max() > 500 * largest(uneven["first"]).min()
    np.testing.assert_allclose(largest(even["first"]), largest(even["each"]), rtol=1e-3)


def test_what_two_convolutions_read_and_what_has_no_bias_stays(network: onnx.ModelProto) -> None:
    """The factors would have to be the same for both."""
    even, uneven = weights(equalised(network)), weights(network)
    for name in ("own", "left", "right", "last"):
        np.testing.assert_array_equal(even[name], uneven[name])
