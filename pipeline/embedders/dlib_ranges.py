"""What values the tensors of dlib's network take, as measured on faces: what its bytes must span."""

from __future__ import annotations

RANGES = {
    "relu6": (0, 6.403), "conv7": (-7.844, 4.996), "relu9": (0, 8.709), "relu11": (0, 5.862),
    "conv12": (-9.754, 6.845), "relu14": (0, 10.57), "relu16": (0, 5.136), "conv17": (-6.993, 8.209),
    "relu19": (0, 13.79), "relu21": (0, 5.062), "conv22": (-4.773, 6.338), "conv23": (0, 9.529),
    "relu25": (0, 8.75), "relu27": (0, 4.374), "conv28": (-4.422, 5.778), "relu30": (0, 10.01),
    "relu32": (0, 4.264), "conv33": (-5.036, 5.628), "relu35": (0, 12.45), "relu37": (0, 4.385),
    "conv38": (-4.954, 5.539), "relu40": (0, 13.43), "relu42": (0, 4.452), "conv43": (-3.627, 4.864),
    "conv44": (0, 8.153), "relu46": (0, 7.469), "relu48": (0, 3.745), "conv49": (-4.282, 4.382),
    "relu51": (0, 6.779), "relu53": (0, 4.759), "conv54": (-5.295, 5.366), "relu56": (0, 6.938),
    "relu58": (0, 5.223), "conv59": (-5.364, 6.195), "conv60": (0, 3.854), "relu63": (0, 6.103),
    "relu65": (0, 3.566), "conv66": (-4.733, 3.492), "relu68": (0, 6.631), "relu70": (0, 3.096),
    "conv71": (-2.991, 2.586), "relu73": (0, 7.015), "relu75": (0, 5.852), "conv76": (-3.341, 2.421),
    "conv77": (0, 4.31), "relu80": (0, 4.495),
}  # fmt: skip
"""The least and largest value of each tensor of `dlib_graph.model` that is kept in 8 bits.

The most extreme of the 99.99th percentiles of 494 faces in groups, events and portraits, the people of
benchmarks.composed.TUNED_ON in the latter two, sixteen faces at a time. The first two convolutions are not
among them: in floating point they take as long, and a quarter of the error away.
Measured by `python -m benchmarks.ranges`.
"""

SHRINKAGE = 1.0075
"""Distances between faces in floating point over those in 8 bits, where nothing makes up for it.

The threshold and all that is calibrated hold for both then. Measured on the same faces.
"""
