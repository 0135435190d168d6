"""Regenerates the RANGES of the networks in 8 bits: `python -m benchmarks.ranges FOLDER...`.

Prints the lines of pipeline/detectors/centerface_ranges.py and of pipeline/embedders/dlib_ranges.py as
measured on every photo of the folders; raise the version of CENTERFACE_8_BITS or DLIB_RESNET_8_BITS with
them.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray

from pipeline import images
from pipeline.detectors import centerface_graph, centerface_ranges
from pipeline.detectors.centerface import padded
from pipeline.embedders import dlib_graph, dlib_ranges
from pipeline.embedders.dlib_file import read_network
from pipeline.equalisation import equalised
from pipeline.inference import cpu_session
from pipeline.quantisation import quantised
from pipeline.registry import Recognizers
from pipeline.weights import Recipe, package_file

LONG_SIDE = 640
BATCH = 16  # chips
EXTREMES = (0.001, 99.999)
"""Percentiles of each photo, and of each batch of chips, whose extremes count.

With narrower ones (0.01) most outputs stay a little nearer to those in floating point, and a few faces are
far from them: .145 at most instead of .053.
"""

Bytes = NDArray[np.uint8]


def main(folders: list[Path]) -> None:
    """Measures and prints."""
    photos, chips = [], []
    recognizer = Recognizers(Path(".findme/models")).get("dlib")
    for path in (path for folder in folders for path in sorted(folder.rglob("*"))):
        if not images.is_photo_name(path.name):
            continue
        image = images.decode(path.read_bytes(), target=recognizer.decode_target)
        photos.append(padded(images.shrunk(image.pixels, LONG_SIDE)))
        chips += [recognizer.aligner(image, face) for face in recognizer.detector.detect(image)]
    if not chips:
        raise SystemExit("There are no faces: python -m benchmarks.ranges FOLDER...")
    batches = [np.stack(chips[start : start + BATCH]) for start in range(0, len(chips), BATCH)]
    detector = equalised(centerface_graph.plain(_weights(centerface_graph.CENTERFACE)))
    embedder = dlib_graph.model(read_network(_weights(dlib_graph.DLIB_RESNET)))
    _print("CenterFace", detector, list(centerface_ranges.RANGES), photos)
    _print("dlib", embedder, list(dlib_ranges.RANGES), batches)
    print(f"SHRINKAGE = {_shrinkage(batches):.4f}  # with the ranges in use")


def _shrinkage(batches: list[Bytes]) -> float:
    """How far faces lie apart in floating point, over how far they do in 8 bits."""
    full = dlib_graph.model(read_network(_weights(dlib_graph.DLIB_RESNET)))
    spreads = []
    for network in (full, quantised(full, dlib_ranges.RANGES)):
        session = cpu_session(network.SerializeToString())
        vectors = np.concatenate([session.run(None, {dlib_graph.INPUT: batch})[0] for batch in batches])
        spreads.append(np.sqrt(vectors.var(axis=0).sum()))
    return float(spreads[0] / spreads[1])


def _weights(recipe: Recipe) -> bytes:
    return package_file(recipe.package, recipe.file, distribution=recipe.distribution).read_bytes()


def _print(title: str, network: onnx.ModelProto, names: list[str], inputs: Iterable[Bytes]) -> None:
    """The extremes of each tensor of that name, over everything that is put in."""
    (given,) = network.graph.input
    network.graph.output.extend(
        onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None) for name in names
    )
    session = cpu_session(network.SerializeToString())
    extremes = np.array(
        [
            [np.percentile(tensor, EXTREMES) for tensor in session.run(names, {given.name: one})]
            for one in inputs
        ]
    )  # (inputs, tensors, 2)
    print(title)
    for number, name in enumerate(names):
        least, largest = extremes[:, number, 0].min(), extremes[:, number, 1].max()
        print(f'    "{name}": ({min(0.0, least):.4g}, {largest:.4g}),')


if __name__ == "__main__":
    main([Path(name) for name in sys.argv[1:]])
