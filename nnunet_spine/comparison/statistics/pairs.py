"""Two arms on the same patients: differences, how sure they are, and tests of many of them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy import stats

from nnunet_spine.comparison.reading.collect import Collection
from nnunet_spine.comparison.statistics.bootstrap import DIGITS, SAME, mean_intervals
from nnunet_spine.comparison.statistics.holm import ALPHA, with_holm
from nnunet_spine.comparison.statistics.measures import MEASURES, measure_of
from nnunet_spine.comparison.statistics.pairing import CELL, side_by_side
from nnunet_spine.comparison.statistics.patients import case_values, in_order, over_patients

State = Literal["tested", "too few pairs", "identical", "no pairs"]
"""`too few pairs`: there is a p, which cannot be below 0.05 after the correction; `identical`: no patient differs, so
nothing is tested."""


@dataclass(frozen=True)
class Family:
    """What is tested together, and corrected for.

    Attributes:
        measure: column that is compared, see `MEASURES`.
        baseline: the arm that all others are compared with; None for all pairs.
        steps: whether every arm is compared with the one before it instead.
        conditions: of the test images; None for all.
        sequences: with `ALL`; None for all.
        structures: with `MEAN`; None for all.
    """

    measure: str = "dice"
    baseline: str | None = None
    steps: bool = False
    conditions: tuple[str, ...] | None = None
    sequences: tuple[str, ...] | None = None
    structures: tuple[str, ...] | None = None


def paired_tests(collection: Collection, family: Family | None = None) -> pd.DataFrame:
    """Wilcoxon's signed-rank test of every pair of arms in every setting and structure, with Holm's correction.

    Returns:
        measure, condition, level, sequence, structure, first, second, state (see `State`), n_pairs (patients), n_equal
        (of them, without a difference: the test leaves them out), n_first_better (of them), mean_first, mean_second,
        difference (first - second, mean over patients), ci_low, ci_high (95 %, of the difference), better (arm; empty
        where there is no difference), effect_size (matched-pairs rank-biserial correlation, positive where the first is
        better), p, p_holm, family_size (number of tests corrected for), n_cases (in pairs), n_unpaired_cases (that one
        of the two has no value of), only_first, only_second (patients that the other one has no value of).

    Raises:
        ValueError: if there is no such measure or baseline.
    """
    family = family or Family()
    values = case_values(collection, family.measure)
    if family.conditions is not None:
        values = values[values["condition"].isin(family.conditions)]
    each = over_patients(values, collection)
    sign = measure_of(family.measure).sign
    rows = [
        row
        for pair in pairs_of(collection, family.baseline, steps=family.steps)
        for row in _compare_arms(_wanted(side_by_side(values, each, collection, pair), family), pair, sign)
    ]
    intervals = mean_intervals([row["differences"] for row in rows])
    for row, interval in zip(rows, intervals, strict=True):
        row["ci_low"], row["ci_high"] = interval
    frame = pd.DataFrame(rows, columns=COLUMNS)
    frame.insert(0, "measure", family.measure)
    return in_order(corrected(frame), collection)


COLUMNS = [*CELL, "first", "second", "state", "n_pairs", "n_equal", "n_first_better"]
COLUMNS += ["mean_first", "mean_second", "difference", "ci_low", "ci_high", "better", "effect_size", "p"]
COLUMNS += ["n_cases", "n_unpaired_cases", "only_first", "only_second"]


def corrected(tests: pd.DataFrame) -> pd.DataFrame:
    """Tests as one family: with Holm's correction, and with what could have been significant in it as state.

    The least two-sided p of n patients that differ is 2 / 2^n, where all differ the same way. Where even the least p of
    all tests of the family do not get one below 0.05, its patients were too few.
    """
    frame = with_holm(tests)
    differing = (tests["n_pairs"] - tests["n_equal"]).astype(float)
    least = with_holm(tests.assign(p=(2.0 ** (1 - differing)).where(frame["p"].notna())))["p_holm"]
    state = np.where(least < ALPHA, "tested", "too few pairs")
    return frame.assign(state=frame["state"].where(frame["p"].isna(), state))


def pairs_of(collection: Collection, baseline: str | None = None, *, steps: bool = False) -> list[tuple[str, str]]:
    """The pairs of arms that are compared: all, every other arm with the baseline, or every arm with the one before.

    Raises:
        ValueError: if there is no such arm.
    """
    if steps:
        return [(arm, before) for before, arm in itertools.pairwise(collection.arms)]
    if baseline is None:
        return list(itertools.combinations(collection.arms, 2))
    if baseline not in collection.arms:
        raise ValueError(f"baseline: expected one of {', '.join(collection.arms)}, got {baseline!r}")
    return [(arm, baseline) for arm in collection.arms if arm != baseline]


def identical_arms(collection: Collection) -> list[tuple[str, str]]:
    """Pairs of arms that have the same cases and, in all of them, the same value of every measure."""
    keys = [*CELL, "case"]
    scores = collection.scores.groupby(["arm", *keys], dropna=False)[list(MEASURES)].mean().reset_index()
    tables = {arm: scores[scores["arm"] == arm].drop(columns="arm").reset_index(drop=True) for arm in collection.arms}
    return [(a, b) for a, b in itertools.combinations(tables, 2) if _same(tables[a], tables[b], keys)]


def _same(one: pd.DataFrame, other: pd.DataFrame, keys: list[str]) -> bool:
    measures = list(MEASURES)
    return one[keys].equals(other[keys]) and bool(
        np.allclose(one[measures], other[measures], rtol=0, atol=SAME, equal_nan=True)
    )


def _compare_arms(table: pd.DataFrame, pair: tuple[str, str], sign: int) -> Iterator[dict[str, Any]]:
    for key, group in table.groupby(CELL, dropna=False):
        names = dict(zip(CELL, key, strict=True)) | {"first": pair[0], "second": pair[1]}
        yield names | _compare(group, pair, sign) | _coverage(group)


def _wanted(table: pd.DataFrame, family: Family) -> pd.DataFrame:
    """The rows of the family's sequences and structures."""
    for column, wanted in (("sequence", family.sequences), ("structure", family.structures)):
        if wanted is not None:
            table = table[table[column].isin(wanted)]
    return table


def _compare(group: pd.DataFrame, pair: tuple[str, str], sign: int) -> dict[str, Any]:
    """Two arms in one setting and structure; `sign` is 1 where more is better."""
    values = group[["first", "second"]].to_numpy(dtype=float)
    values = values[~np.isnan(values).any(axis=1)]
    differences = values[:, 0] - values[:, 1]
    mean_first, mean_second, mean = _means(values[:, 0], values[:, 1], differences)
    # Without the rounding errors of averages, which would make ties and zeros differ.
    rounded = np.round(differences, DIGITS)
    return {
        "differences": differences,
        "state": _state(rounded),
        "n_pairs": len(values),
        "n_equal": int((rounded == 0).sum()),
        "n_first_better": int((sign * rounded > 0).sum()),
        "mean_first": mean_first,
        "mean_second": mean_second,
        "difference": mean,
        "better": _better(pair, sign * mean),
        "effect_size": sign * rank_biserial(rounded),
        "p": wilcoxon_p(rounded),
    }


def _means(*values: np.ndarray) -> list[float]:
    return [float(one.mean()) if len(one) else math.nan for one in values]


def _better(pair: tuple[str, str], gain: float) -> str:
    if math.isnan(gain) or abs(gain) < SAME:
        return ""
    return pair[0] if gain > 0 else pair[1]


def _coverage(group: pd.DataFrame) -> dict[str, Any]:
    """What went into pairs, and what did not."""
    in_pairs, first, second = (group[name].to_numpy(dtype=float) for name in ("n_cases", "all_first", "all_second"))
    patients = group["patient"].to_numpy()
    return {
        "n_cases": int(np.nansum(in_pairs)),
        "n_unpaired_cases": int(np.nansum(first) + np.nansum(second) - 2 * np.nansum(in_pairs)),
        "only_first": tuple(sorted(patients[np.isnan(second)])),
        "only_second": tuple(sorted(patients[np.isnan(first)])),
    }


def _state(differences: np.ndarray) -> State:
    """Before the correction, see `corrected`."""
    if not len(differences):
        return "no pairs"
    return "tested" if differences.any() else "identical"


def wilcoxon_p(differences: np.ndarray) -> float:
    """Two-sided p of Wilcoxon's signed-rank test, zeros left out; NaN where all are zero.

    Exact for up to 50 differences, or 13 where some are tied; else by the normal approximation (SciPy's choice).
    """
    some = differences[differences != 0]
    return float(stats.wilcoxon(some).pvalue) if len(some) else math.nan


def rank_biserial(differences: np.ndarray) -> float:
    """Matched-pairs rank-biserial correlation (Kerby 2014): from -1 to 1, where all differences are positive.

    The sum of the ranks of positive differences less that of negative ones, as a share of both; NaN where all are zero.
    """
    some = differences[differences != 0]
    ranks = stats.rankdata(np.abs(some))
    return float((np.sign(some) * ranks).sum() / ranks.sum()) if len(some) else math.nan
