"""How good a ranking is: pure functions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def in_order(found: Sequence[int], nearest: NDArray[np.float64]) -> list[int]:
    """What was found, then the other photos by their nearest face's distance; infinite ones are left out."""
    rest = [int(photo) for photo in np.argsort(nearest, kind="stable") if np.isfinite(nearest[photo])]
    return list(dict.fromkeys([*found, *rest]))


def precision_at(depth: int, ranking: NDArray[np.bool_], right: int) -> float:
    """Share of right ones among the first min(depth, right) of a ranking; a place left empty is wrong."""
    depth = min(depth, right)
    return float(ranking[:depth].sum()) / depth if depth else 0.0


def average_precision(ranking: NDArray[np.bool_], right: int) -> float:
    """Mean, over all `right` photos, of the precision at each one's rank; 0 for those that are not ranked."""
    if not right:
        return 0.0
    precisions = np.cumsum(ranking) / np.arange(1, len(ranking) + 1)
    return float(precisions[ranking].sum()) / right
