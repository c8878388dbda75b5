"""The normal law that describes measured numbers best, as the generator will draw from it."""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize
from scipy.special import ndtri

_DIGITS = 4
_FIRST_STEPS = np.array([[0.0, 0.0], [0.1, 0.0], [0.0, 0.1]])


def nearest_normal(values: np.ndarray, low: float, high: float) -> tuple[float, float]:
    """The normal law whose draws, clipped to a range, are nearest to the values.

    Near in the earth mover's distance: the mean distance of the sorted values to the law's quantiles at their ranks
    (Blom's plotting positions, which do not shrink the spread of few values). A single odd image hardly counts, and
    dark regions without signal, which are many, may lie below the range, where clipping puts them at its end.

    Args:
        values: (N,) numbers.
        low: lower end of the range that draws are clipped to.
        high: upper end.

    Returns:
        Mean and deviation of the law before clipping.
    """
    values = np.sort(np.clip(values, low, high))
    rank = np.arange(1, len(values) + 1)
    z = ndtri((rank - 0.375) / (len(values) + 0.25))

    def distance(law: np.ndarray) -> float:
        return float(np.abs(np.clip(law[0] + abs(law[1]) * z, low, high) - values).mean())

    start = np.array([values.mean(), values.std()])
    options = {"xatol": 1e-6, "fatol": 1e-9, "maxiter": 2000, "initial_simplex": start + _FIRST_STEPS}
    mean, std = minimize(distance, start, method="Nelder-Mead", options=options).x
    return round(float(mean), _DIGITS), round(abs(float(std)), _DIGITS)
