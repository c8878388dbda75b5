"""Two arms on the same patients: differences, how sure they are, and tests of many of them.

Pairs are made of cases before they are averaged over patients: where an arm lacks a case, or has no distance because it
missed the structure, the other arm's value is left out too.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy import stats

from nnunet_spine.comparison.collect import Collection
from nnunet_spine.comparison.measures import MEASURES, measure_of
from nnunet_spine.comparison.patients import SETTING, case_values, in_order, over_patients
from nnunet_spine.comparison.statistics.bootstrap import SAME, mean_intervals
from nnunet_spine.comparison.statistics.holm import with_holm

State = Literal["tested", "too few pairs", "identical", "no pairs"]
"""`too few pairs`: there is a p, which cannot be below 0.05; `identical`: no patient differs, so nothing is tested."""

FEWEST_PAIRS = 6
"""Patients with a difference: with five, the smallest two-sided p of Wilcoxon's test is 2 / 2^5 = 0.06."""


@dataclass(frozen=True)
class Family:
    """What is tested together, and corrected for.

    Attributes:
        measure: column that is compared, see `MEASURES`.
        baseline: the arm that all others are compared with; None for all pairs.
        conditions: of the test images; None for all.
        sequences: with `ALL`; None for all.
        structures: with `MEAN`; None for all.
    """

    measure: str = "dice"
    baseline: str | None = None
    conditions: tuple[str, ...] | None = None
    sequences: tuple[str, ...] | None = None
    structures: tuple[str, ...] | None = None


def paired_tests(collection: Collection, family: Family | None = None) -> pd.DataFrame:
    """Wilcoxon's signed-rank test of every pair of arms in every setting and structure, with Holm's correction.

    Returns:
        measure, condition, level, sequence, structure, first, second, state (see `State`), n_pairs (patients), n_equal
        (of them, without a difference: the test leaves them out), mean_first, mean_second, difference (first - second,
        mean over patients), ci_low, ci_high (95 %, of the difference), better (arm; empty where there is no
        difference), effect_size (matched-pairs rank-biserial correlation, positive where the first is better), p,
        p_holm, family_size (number of tests corrected for), n_cases (in pairs), n_unpaired_cases (that one of the two
        has no value of), only_first, only_second (patients that the other one has no value of).

    Raises:
        ValueError: if there is no such measure or baseline.
    """
    family = family or Family()
    values = case_values(collection, family.measure)
    rows = [
        row
        for first, second in pairs_of(collection, family.baseline)
        for row in _compare_arms(values, collection, first, second, family)
    ]
    intervals = mean_intervals([row["differences"] for row in rows])
    for row, interval in zip(rows, intervals, strict=True):
        row["ci_low"], row["ci_high"] = interval
    frame = pd.DataFrame(rows, columns=COLUMNS)
    frame.insert(0, "measure", family.measure)
    return in_order(with_holm(frame), collection)


CELL = [*SETTING, "structure"]
COLUMNS = [*CELL, "first", "second", "state", "n_pairs", "n_equal", "mean_first", "mean_second"]
COLUMNS += ["difference", "ci_low", "ci_high", "better", "effect_size", "p", "n_cases", "n_unpaired_cases"]
COLUMNS += ["only_first", "only_second"]


def pairs_of(collection: Collection, baseline: str | None = None) -> list[tuple[str, str]]:
    """The pairs of arms that are compared: all, or every other arm with the baseline.

    Raises:
        ValueError: if there is no such arm.
    """
    if baseline is None:
        return list(itertools.combinations(collection.arms, 2))
    if baseline not in collection.arms:
        raise ValueError(f"baseline: expected one of {', '.join(collection.arms)}, got {baseline!r}")
    return [(arm, baseline) for arm in collection.arms if arm != baseline]


def shared_cases(values: pd.DataFrame, arms: Sequence[str]) -> pd.DataFrame:
    """The rows of `case_values` of cases (and structures) that all these arms have a value of."""
    some = values[values["arm"].isin(arms)]
    number = some.groupby([*CELL, "case"], dropna=False)["arm"].transform("nunique")
    return some[number == len(arms)]


def identical_arms(collection: Collection) -> list[tuple[str, str]]:
    """Pairs of arms that have the same cases and, in all of them, the same value of every measure."""
    keys = [*CELL, "case"]
    scores = collection.scores.groupby(["arm", *keys], dropna=False)[list(MEASURES)].mean()
    tables = {arm: scores.loc[[arm]].droplevel("arm").sort_index() for arm in collection.arms}
    return [(a, b) for a, b in itertools.combinations(tables, 2) if _same(tables[a], tables[b])]


def _same(one: pd.DataFrame, other: pd.DataFrame) -> bool:
    return one.index.equals(other.index) and bool(np.allclose(one, other, rtol=0, atol=SAME, equal_nan=True))


def _compare_arms(
    values: pd.DataFrame, collection: Collection, first: str, second: str, family: Family
) -> Iterator[dict[str, Any]]:
    table = _wanted(_side_by_side(values, collection, first, second), family)
    sign = measure_of(family.measure).sign
    for key, group in table.groupby(CELL, dropna=False):
        names = dict(zip(CELL, key, strict=True)) | {"first": first, "second": second}
        yield names | _compare(group, first, second, sign) | _coverage(group)


def _side_by_side(values: pd.DataFrame, collection: Collection, first: str, second: str) -> pd.DataFrame:
    """A row a setting, structure and patient of either arm.

    Returns:
        keys, patient; first, second (means over the cases that both have), n_cases (of them); all_first, all_second
        (number of cases that each has). NaN where there are none.
    """
    both = over_patients(shared_cases(values, (first, second)), collection)
    each = over_patients(values[values["arm"].isin((first, second))], collection)
    parts = [
        _column(both, first, "value", "first"),
        _column(both, second, "value", "second"),
        _column(both, first, "n_cases", "n_cases"),
        _column(each, first, "n_cases", "all_first"),
        _column(each, second, "n_cases", "all_second"),
    ]
    return functools.reduce(lambda one, other: one.merge(other, on=[*CELL, "patient"], how="outer"), parts)


def _column(frame: pd.DataFrame, arm: str, column: str, name: str) -> pd.DataFrame:
    return frame.loc[frame["arm"] == arm, [*CELL, "patient", column]].rename(columns={column: name})


def _wanted(table: pd.DataFrame, family: Family) -> pd.DataFrame:
    """The rows of the family."""
    keep = pd.Series(True, index=table.index)
    for column, wanted in (
        ("condition", family.conditions),
        ("sequence", family.sequences),
        ("structure", family.structures),
    ):
        if wanted is not None:
            keep &= table[column].isin(wanted)
    return table[keep]


def _compare(group: pd.DataFrame, first: str, second: str, sign: int) -> dict[str, Any]:
    """Two arms in one setting and structure; `sign` is 1 where more is better."""
    pairs = group.dropna(subset=["first", "second"])
    differences = (pairs["first"] - pairs["second"]).to_numpy(dtype=float)
    differences[np.abs(differences) < SAME] = 0
    mean = float(differences.mean()) if len(pairs) else math.nan
    return {
        "differences": differences,
        "state": _state(differences),
        "n_pairs": len(pairs),
        "n_equal": int((differences == 0).sum()),
        "mean_first": pairs["first"].mean(),
        "mean_second": pairs["second"].mean(),
        "difference": mean,
        "better": first if sign * mean > 0 else second if sign * mean < 0 else "",
        "effect_size": sign * rank_biserial(differences),
        "p": wilcoxon_p(differences),
    }


def _coverage(group: pd.DataFrame) -> dict[str, Any]:
    """What went into pairs, and what did not."""
    in_pairs = group["n_cases"].fillna(0)
    unpaired = group["all_first"].fillna(0) + group["all_second"].fillna(0) - 2 * in_pairs
    return {
        "n_cases": int(in_pairs.sum()),
        "n_unpaired_cases": int(unpaired.sum()),
        "only_first": tuple(sorted(group.loc[group["all_second"].isna(), "patient"])),
        "only_second": tuple(sorted(group.loc[group["all_first"].isna(), "patient"])),
    }


def _state(differences: np.ndarray) -> State:
    if not len(differences):
        return "no pairs"
    if not differences.any():
        return "identical"
    return "too few pairs" if np.count_nonzero(differences) < FEWEST_PAIRS else "tested"


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
