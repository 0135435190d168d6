"""Small ONNX models in the place of YuNet, SFace and an ArcFace: faces are squares, their colour the person.

They have the inputs and outputs of the real ones, and no weights but a few constants.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

RED, MAGENTA = (220, 30, 30), (220, 30, 220)  # red without green: what the detector takes for a face
SIDE = 40  # pixels of a square


def scene(*colours: tuple[int, int, int], size: tuple[int, int] = (320, 240)) -> bytes:
    """A grey JPEG of `size` = (width, height) with a square of each colour, from the left."""
    width, height = size
    pixels = np.full((height, width, 3), 110, np.uint8)
    for place, colour in enumerate(colours):
        left, top = square_at(place)
        pixels[top : top + SIDE, left : left + SIDE] = colour
    done, data = cv2.imencode(".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 95])
    assert done
    return data.tobytes()


def square_at(place: int) -> tuple[int, int]:
    """Left and top of a scene's square."""
    return 40 + 120 * place, 80


def write_yunet(path: Path) -> Path:
    """A model of YuNet's form: twelve outputs, three strides, of which the first one sees the squares."""
    nodes, outputs, constants = [], [], {}
    # BGR, 0..255. Red minus green, so that a square scores 1 in its middle and 0.6 at its edges.
    constants["red"] = np.array([[[[0.0]], [[-1.0]], [[1.0]]]], np.float32) / 190
    constants["mean5"] = np.full((1, 1, 5, 5), 1 / 25, np.float32)
    constants["shape_1"] = np.array([1, -1, 1], np.int64)
    constants["shape_4"] = np.array([1, -1, 4], np.int64)
    constants["shape_10"] = np.array([1, -1, 10], np.int64)
    nodes.append(_pooled("input", "pool_8", 8))
    nodes.append(_pooled("input", "pool_16", 16))
    nodes.append(_pooled("input", "pool_32", 32))
    for stride in (8, 16, 32):
        seen = 1.0 if stride == 8 else 0.0
        constants[f"red_{stride}"] = constants["red"] * np.float32(seen)
        nodes.append(helper.make_node("Conv", [f"pool_{stride}", f"red_{stride}"], [f"cell_{stride}"]))
        nodes.append(
            helper.make_node("Conv", [f"cell_{stride}", "mean5"], [f"mean_{stride}"], pads=[2, 2, 2, 2])
        )
        nodes.append(helper.make_node("Clip", [f"mean_{stride}", "zero", "one"], [f"score_{stride}"]))
        box = [0.5, 0.5, np.log(SIDE / stride), np.log(SIDE / stride)]
        shift = SIDE / stride / 2
        points = [0.5 + part * shift for x, y in _POINTS for part in (x, y)]
        for kind, numbers in (("bbox", box), ("kps", points)):
            constants[f"none_{kind}_{stride}"] = np.zeros((len(numbers), 3, 1, 1), np.float32)
            constants[f"bias_{kind}_{stride}"] = np.array(numbers, np.float32)
            nodes.append(
                helper.make_node(
                    "Conv",
                    [f"pool_{stride}", f"none_{kind}_{stride}", f"bias_{kind}_{stride}"],
                    [f"map_{kind}_{stride}"],
                )
            )
    constants["zero"], constants["one"] = np.float32(0), np.float32(1)
    for kind, source, depth in (
        ("cls", "score", 1),
        ("obj", "score", 1),
        ("bbox", "map_bbox", 4),
        ("kps", "map_kps", 10),
    ):
        for stride in (8, 16, 32):
            flat = f"last_{kind}_{stride}"
            nodes.append(helper.make_node("Transpose", [f"{source}_{stride}"], [flat], perm=[0, 2, 3, 1]))
            nodes.append(helper.make_node("Reshape", [flat, f"shape_{depth}"], [f"{kind}_{stride}"]))
            cells = (640 // stride) ** 2
            outputs.append(
                helper.make_tensor_value_info(f"{kind}_{stride}", TensorProto.FLOAT, [1, cells, depth])
            )
    given = helper.make_tensor_value_info("input", TensorProto.FLOAT, [1, 3, 640, 640])
    return _saved(path, nodes, [given], outputs, constants)


# Of a square's half side from its middle: eyes, nose, corners of the mouth.
_POINTS = ((-0.4, -0.4), (0.4, -0.4), (0.0, 0.0), (-0.3, 0.5), (0.3, 0.5))


def write_sface(path: Path) -> Path:
    """A model of SFace's form: RGB (1, 3, 112, 112), 0..255, to 128 numbers."""
    return _mean_colour(path, batch=1, size=112, dimensions=128, name="data")


def write_arcface(path: Path, *, batch: int | str = "batch", size: int = 112, dimensions: int = 64) -> Path:
    """A model of ArcFace's form: RGB or BGR (batch, 3, size, size), about -1..1, to `dimensions` numbers."""
    return _mean_colour(path, batch=batch, size=size, dimensions=dimensions, name="input.1")


def _mean_colour(path: Path, *, batch: int | str, size: int, dimensions: int, name: str) -> Path:
    """The mean colour of the middle, spread over so many numbers: other colours point elsewhere."""
    spread = np.random.default_rng(7).normal(size=(3, dimensions)).astype(np.float32)
    nodes = [
        helper.make_node("GlobalAveragePool", [name], ["mean"]),
        helper.make_node("Flatten", ["mean"], ["colour"]),
        helper.make_node("Gemm", ["colour", "spread"], ["embedding"]),
    ]
    given = helper.make_tensor_value_info(name, TensorProto.FLOAT, [batch, 3, size, size])
    taken = helper.make_tensor_value_info("embedding", TensorProto.FLOAT, [batch, dimensions])
    return _saved(path, nodes, [given], [taken], {"spread": spread})


def _pooled(source: str, target: str, stride: int) -> onnx.NodeProto:
    return helper.make_node(
        "AveragePool", [source], [target], kernel_shape=[stride] * 2, strides=[stride] * 2
    )


def _saved(
    path: Path,
    nodes: list[onnx.NodeProto],
    inputs: list[onnx.ValueInfoProto],
    outputs: list[onnx.ValueInfoProto],
    constants: dict[str, np.ndarray],
) -> Path:
    kept = [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()]
    graph = helper.make_graph(nodes, "squares", inputs, outputs, kept)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 8  # what ONNX Runtime 1.20 reads
    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, str(path))
    return path
