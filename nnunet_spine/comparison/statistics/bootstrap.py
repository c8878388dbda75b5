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

AT_ONCE = 10_000_000
"""Numbers that are held at a time, 80 MB."""

DIGITS = 9
SAME = 10.0**-DIGITS
"""Differences below are rounding."""


class Interval(NamedTuple):
    """A confidence interval; both NaN where there is none."""

    low: float
    high: float


NONE = Interval(math.nan, math.nan)


def mean_interval(values: Sequence[float] | np.ndarray) -> Interval:
    """Bootstrap interval of the mean over patients: bias-corrected and accelerated (Efron 1987), as in SciPy.

    Args:
        values: one a patient, none NaN.

    Returns:
        `NONE` for fewer than three patients, or patients who are all alike.
    """
    return mean_intervals([values])[0]


def mean_intervals(groups: Sequence[Sequence[float] | np.ndarray]) -> list[Interval]:
    """`mean_interval` of many groups; those of one size at once, which gives the same in a fraction of the time."""
    arrays = [np.sort(np.asarray(values, dtype=float)) for values in groups]  # the order of patients must not matter
    found = [NONE] * len(arrays)
    usable = [k for k, array in enumerate(arrays) if len(array) >= FEWEST and np.ptp(array) >= SAME]
    for size in {len(arrays[k]) for k in usable}:
        of_size = [k for k in usable if len(arrays[k]) == size]
        step = max(1, AT_ONCE // (RESAMPLES * size))
        for some in (of_size[start : start + step] for start in range(0, len(of_size), step)):
            for k, low, high in zip(some, *_bootstrap(np.stack([arrays[k] for k in some])), strict=True):
                found[k] = Interval(float(low), float(high))
    return found


def rounded_mean(values: np.ndarray, axis: int = -1) -> np.ndarray:
    """Mean without what depends on the order of summing, so that a resample of all patients equals the sample."""
    return np.round(np.mean(values, axis=axis), 12)


def _bootstrap(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Lower and upper ends, (groups,), of values (groups, patients)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", stats.DegenerateDataWarning)
        found = stats.bootstrap(
            (values,),
            rounded_mean,
            axis=-1,
            n_resamples=RESAMPLES,
            confidence_level=CONFIDENCE,
            method="BCa",
            rng=np.random.default_rng(SEED),
        )
    return found.confidence_interval.low, found.confidence_interval.high


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
    intervals = mean_intervals([group.to_numpy() for _, group in groups["value"]])
    found["ci_low"] = [one.low for one in intervals]
    found["ci_high"] = [one.high for one in intervals]
    return found.reset_index()
