"""The curve that says how sure a distance is, fitted to pairs of faces of which it is known who they show."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.calibration import MOST

SHARE = 0.02
"""Assumed share of faces, among an event's, that show the probe's person."""

PENALTY = 1e-9  # on the slopes: keeps them finite where the two kinds hardly overlap

MATCH, STRONG = 0.4, 0.97
"""Confidence where a match, and a strong one, ends: about that of dlib's threshold and strong distance."""

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Curve:
    """How one recognizer's distances are to be read, in the words of pipeline.calibration.Calibration."""

    even: float
    steepness: float

    @classmethod
    def of(cls, distance: FloatArray, genuine: NDArray[np.bool_]) -> Curve:
        """The curve for pairs at these distances. Raises ValueError where distance tells nobody apart."""
        intercept, slope = fitted(distance[:, None], genuine)
        curve = cls(float(-intercept / slope), float(-slope)) if slope < 0 else None
        if curve is None or curve.threshold <= 0:
            raise ValueError("this recognizer does not tell these people apart: no distance is sure enough")
        return curve

    @property
    def threshold(self) -> float:
        """The largest distance of a match."""
        return self._at(MATCH)

    @property
    def strong(self) -> float | None:
        """The largest distance of a strong one; None: not even faces that are the same are sure enough."""
        strong = self._at(STRONG)
        return strong if strong > 0 else None

    def toml(self) -> str:
        """The lines for the file that describes a model of one's own."""
        said = {
            "threshold": f"{self.threshold:.4g}",
            "strong": None if self.strong is None else f"{self.strong:.4g}",
            "even": f"{self.even:.4g}",
            "steepness": f"{self.steepness:.4g}",
        }
        return "\n".join(f"{name} = {value}" for name, value in said.items() if value is not None)

    def _at(self, confidence: float) -> float:
        """The distance at which a match is that sure."""
        assert 0 < confidence <= MOST
        return self.even - math.log(confidence / (1 - confidence)) / self.steepness


def fitted(features: FloatArray, genuine: NDArray[np.bool_], share: float = SHARE) -> FloatArray:
    """Intercept and slopes of the logistic curve, by Newton's method; features of shape (pairs, n)."""
    middle = features.mean(axis=0)
    design = np.column_stack([np.ones(len(features)), features - middle])
    weights = np.where(genuine, share / genuine.sum(), (1 - share) / (~genuine).sum())
    solution = np.zeros(design.shape[1])
    for _ in range(200):
        chance = 1 / (1 + np.exp(-np.clip(design @ solution, -500, 500)))
        gradient = design.T @ (weights * (genuine - chance))
        curvature = (design * (weights * chance * (1 - chance))[:, None]).T @ design
        step = np.linalg.solve(curvature + PENALTY * np.eye(len(solution)), gradient)
        solution += step / max(1.0, float(np.abs(step).max()) / 5)
    solution[0] -= float(solution[1:] @ middle)
    return solution
