"""How far two boxes are the same."""

from __future__ import annotations

from dataclasses import astuple

import numpy as np

from pipeline.detectors.overlaps import overlaps
from pipeline.types import Box


def overlap(one: Box, other: Box) -> float:
    """Intersection over union, 0..1."""
    return float(overlaps(np.array(astuple(one)), np.array([astuple(other)]))[0])
