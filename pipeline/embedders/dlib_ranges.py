"""What values the tensors of dlib's network take, as measured on faces: what its bytes must span."""

from __future__ import annotations

RANGES = {
    "relu6": (0, 9.838), "conv7": (-9.547, 6.502), "relu9": (0, 11.53), "relu11": (0, 7.711),
    "conv12": (-11.93, 10.33), "relu14": (0, 14.87), "relu16": (0, 7.265), "conv17": (-10.29, 11.92),
    "relu19": (0, 19.88), "relu21": (0, 8.784), "conv22": (-6.244, 9.099), "conv23": (0, 13.53),
    "relu25": (0, 12.4), "relu27": (0, 5.78), "conv28": (-5.262, 7.453), "relu30": (0, 14.82),
    "relu32": (0, 5.392), "conv33": (-6.082, 7.515), "relu35": (0, 18.68), "relu37": (0, 5.517),
    "conv38": (-5.72, 7.246), "relu40": (0, 18.69), "relu42": (0, 5.68), "conv43": (-4.266, 6.187),
    "conv44": (0, 11.4), "relu46": (0, 10.28), "relu48": (0, 4.332), "conv49": (-4.964, 4.897),
    "relu51": (0, 8.129), "relu53": (0, 5.379), "conv54": (-5.766, 5.794), "relu56": (0, 8.455),
    "relu58": (0, 6.809), "conv59": (-6.452, 10.15), "conv60": (0, 4.815), "relu63": (0, 9.636),
    "relu65": (0, 5.199), "conv66": (-9.275, 4.007), "relu68": (0, 9.725), "relu70": (0, 3.258),
    "conv71": (-3.06, 2.619), "relu73": (0, 8.686), "relu75": (0, 6.025), "conv76": (-3.451, 2.689),
    "conv77": (0, 4.637), "relu80": (0, 5.13),
}  # fmt: skip
"""The least and largest value of each tensor of `dlib_graph.model` that is kept in 8 bits.

The most extreme of the 99.999th percentiles of 514 faces in groups, events and portraits, the people of
benchmarks.composed.TUNED_ON in the latter two, sixteen faces at a time. The first two convolutions are not
among them: in floating point they take as long, and a quarter of the error away.
Measured by `python -m benchmarks.ranges`.
"""

SHRINKAGE = 1.008
"""Distances between faces in floating point over those in 8 bits, where nothing makes up for it.

The threshold and all that is calibrated hold for both then. Measured on the same faces.
"""
