"""How sure a mean over patients is."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

CONFIDENCE = 0.95
RESAMPLES = 2000
SEED = 1
"""Every interval begins anew with it, so that none depends on what else is compared."""

FEWEST = 3
"""Below, resampling has nothing to vary."""

SAME = 1e-9
"""Differences below are rounding."""


class Interval(NamedTuple):
    """A confidence interval; both NaN where there is none."""

    low: float
    high: float


NONE = Interval(math.nan, math.nan)


def mean_interval(values: Sequence[float] | np.ndarray) -> Interval:
    """Bootstrap interval of the mean over patients: bias-corrected and accelerated (Efron 1987), as in SciPy.

    Args:
        values: one a patient.

    Returns:
        `NONE` for fewer than three patients, or patients who are all alike.
    """
    array = np.asarray(values, dtype=float)
    if len(array) < FEWEST or np.ptp(array) < SAME:
        return NONE
    # In the order of size, so that it does not depend on how patients are called.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", stats.DegenerateDataWarning)
        found = stats.bootstrap(
            (np.sort(array),),
            np.mean,
            n_resamples=RESAMPLES,
            confidence_level=CONFIDENCE,
            method="BCa",
            rng=np.random.default_rng(SEED),
        )
    interval = found.confidence_interval
    return Interval(float(interval.low), float(interval.high))


def means_with_interval(values: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """Mean over patients of every group, with its interval.

    Args:
        values: keys, patient, value; one row a patient in every group.
        keys: what a group is.

    Returns:
        keys, mean, ci_low, ci_high, n_patients.
    """
    groups = values.groupby(list(keys), dropna=False)
    found = groups.agg(mean=("value", "mean"), n_patients=("patient", "nunique"))
    intervals = [mean_interval(group) for _, group in groups["value"]]
    found["ci_low"] = [one.low for one in intervals]
    found["ci_high"] = [one.high for one in intervals]
    return found.reset_index()
