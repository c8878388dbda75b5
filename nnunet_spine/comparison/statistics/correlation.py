"""Which properties of image and patient go together with good scores, or with failures."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from scipy import stats

from nnunet_spine.comparison.reading.collect import Collection
from nnunet_spine.comparison.reading.frames import CASE_KEYS
from nnunet_spine.comparison.statistics.holm import with_holm
from nnunet_spine.comparison.statistics.patients import SETTING, in_order, over_cases, patient_means, whole_structure

FAILURES = "failures"
"""The outcome that counts failures a case, beside the measure."""

FEWEST = 4
"""Of three patients every correlation may be chance: the smallest two-sided p is 2 / 3! = 0.33."""

MOST_EXACT = 7
"""Up to this number of patients all orders are tried (7! = 5040); above, p is that of Student's t."""

KEYS = [*SETTING, "arm", "outcome", "property"]

_COUNTS = ("graded_discs",)
"""How much was graded is no property of image or patient."""


def correlations(collection: Collection, measure: str = "dice", structure: str | None = None) -> pd.DataFrame:
    """Spearman's correlation over patients of score, and of failures a case, with every property of the images.

    Args:
        collection: rows of all arms.
        measure: column, see `MEASURES`.
        structure: whose score; None for the mean over structures. Failures are of all structures.

    Returns:
        condition, level, sequence, arm, outcome (the measure, or `FAILURES`), property, n (patients of whom both are
        known), rho, p, p_holm, family_size (number of correlations that have a p). rho is NaN where there are fewer
        than four patients, or where one of the two is the same for all of them.
    """
    scores = patient_means(collection, measure)
    scores = scores[scores["structure"] == (structure or whole_structure(collection))].assign(outcome=measure)
    outcomes = pd.concat([scores, failures_a_case(collection).assign(outcome=FAILURES)], ignore_index=True)
    keys = ["arm", *SETTING, "patient"]
    both = outcomes[[*keys, "outcome", "value"]].merge(patient_properties(collection), on=keys)
    rows = [
        dict(zip(KEYS, key, strict=True)) | spearman(group["value"], group["amount"])
        for key, group in both.groupby(KEYS, dropna=False)
    ]
    return in_order(with_holm(pd.DataFrame(rows, columns=[*KEYS, "n", "rho", "p"])), collection)


def patient_properties(collection: Collection) -> pd.DataFrame:
    """The mean of every property over a patient's cases; without the number of discs that were graded.

    Returns:
        arm, condition, level, sequence, patient, property, amount.
    """
    properties = collection.properties.drop(columns=list(_COUNTS), errors="ignore")
    long = properties.melt(list(CASE_KEYS), var_name="structure").dropna(subset="value")
    found = _over_patients(long.astype({"value": float}))
    return found.rename(columns={"structure": "property", "value": "amount"})


def failures_a_case(collection: Collection) -> pd.DataFrame:
    """Mean number of failures a case of every patient: arm, condition, level, sequence, patient, value."""
    keys = ["run", "case"]
    counts = collection.failures.groupby(keys).size().rename("value").reset_index()
    cases = collection.cases[list(CASE_KEYS)].merge(counts, on=keys, how="left").fillna({"value": 0.0})
    return _over_patients(cases.assign(structure=FAILURES)).drop(columns="structure")


def _over_patients(values: pd.DataFrame) -> pd.DataFrame:
    keys = ["arm", *SETTING, "structure", "case", "patient"]
    cases = values.groupby(keys, dropna=False).agg(value=("value", "mean"), n_runs=("run", "nunique")).reset_index()
    return over_cases(cases).drop(columns=["n_cases", "n_runs"])


def spearman(one: pd.Series, other: pd.Series) -> dict[str, float]:
    """Spearman's rank correlation of two properties of the same patients.

    Returns:
        n, rho, p (two-sided); NaN for fewer than four patients, or where one of the two is the same for all.
    """
    x, y = stats.rankdata(one), stats.rankdata(other)
    n = len(x)
    if n < FEWEST or not np.ptp(x) or not np.ptp(y):
        return {"n": n, "rho": math.nan, "p": math.nan}
    rho, p = stats.spearmanr(x, y)
    if n <= MOST_EXACT:
        p = _exact_p(x, y)
    return {"n": n, "rho": float(rho), "p": float(p)}


def _exact_p(x: np.ndarray, y: np.ndarray) -> float:
    """Two-sided p of the correlation of ranks by all orders; the sum of products orders them as rho does."""
    centred = y - y.mean()
    products = lambda orders, axis: (orders * centred).sum(axis=axis)  # noqa: E731
    return stats.permutation_test((x,), products, permutation_type="pairings", vectorized=True).pvalue
