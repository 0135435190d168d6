"""Regenerates pipeline/detectors/centerface_ranges.py: `python -m benchmarks.ranges FOLDER...`.

Prints the lines of RANGES as measured on every JPEG of the folders; raise the version of CENTERFACE_8_BITS
with them.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import onnx

from pipeline import images
from pipeline.detectors import centerface_graph as graph
from pipeline.detectors.centerface import padded
from pipeline.detectors.centerface_ranges import RANGES
from pipeline.inference import cpu_session
from pipeline.weights import package_file

LONG_SIDE = 640
EXTREMES = (0.01, 99.99)  # percentiles


def main(folders: list[Path]) -> None:
    """Measures and prints."""
    recipe = graph.CENTERFACE
    file = package_file(recipe.package, recipe.file, distribution=recipe.distribution)
    network = graph.plain(file.read_bytes())
    wanted = [onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None) for name in RANGES]
    network.graph.output.extend(wanted)
    session = cpu_session(network.SerializeToString())
    extremes = []
    for path in (path for folder in folders for path in sorted(folder.rglob("*.jpg"))):
        pixels = images.shrunk(images.decode(path.read_bytes(), target=LONG_SIDE).pixels, LONG_SIDE)
        tensors = session.run(list(RANGES), {graph.INPUT: padded(pixels)})
        extremes.append([np.percentile(tensor, EXTREMES) for tensor in tensors])
    if not extremes:
        raise SystemExit("There are no photos: python -m benchmarks.ranges FOLDER...")
    measured = np.array(extremes)  # (photos, tensors, 2)
    for number, name in enumerate(RANGES):
        least, largest = measured[:, number, 0].min(), measured[:, number, 1].max()
        print(f'    "{name}": ({min(0.0, least):.2f}, {largest:.2f}),')


if __name__ == "__main__":
    main([Path(name) for name in sys.argv[1:]])
