"""The order of arms, and how much it depends on which patients were there.

Only patients that all arms have in a setting are ranked, on the cases that all arms have.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from nnunet_spine.comparison.reading.collect import Collection
from nnunet_spine.comparison.statistics.bootstrap import DIGITS, SEED
from nnunet_spine.comparison.statistics.measures import measure_of
from nnunet_spine.comparison.statistics.once import once
from nnunet_spine.comparison.statistics.pairing import shared_cases
from nnunet_spine.comparison.statistics.patients import (
    ALL,
    SETTING,
    case_values,
    in_order,
    of_whole_volumes,
    over_patients,
    whole_sequence,
    whole_structure,
)

EVERYWHERE = "all conditions"
"""The condition that stands for the mean over all of them; in tables only where there are several."""

RESAMPLES = 1000


@dataclass(frozen=True, eq=False)
class Stability:
    """A ranking under resampled patients.

    Attributes:
        shares: arm (index) x place from 1 (columns): share of the resamples in which the arm has that place; arms that
            are level share the better one.
        n_patients: that were resampled.
    """

    shares: pd.DataFrame
    n_patients: int


def ranking(collection: Collection, measure: str = "dice", structure: str | None = None) -> pd.DataFrame:
    """The place of every arm in every setting.

    Arms are ranked on every patient, ranks averaged over patients (ties share the mean rank); beside it, arms are
    ranked by their means.

    Args:
        collection: rows of all arms.
        measure: column that is ranked by, see `MEASURES`.
        structure: what is ranked; None for the mean over structures.

    Returns:
        condition, level, sequence, arm, mean, mean_rank (1 is best), place (by mean_rank), place_by_mean, n_patients
        (that all arms have); settings without such patients are left out. `EVERYWHERE` ranks the means of every patient
        over conditions and levels of whole volumes.
    """
    sign = measure_of(measure).sign
    rows = []
    for key, table in patient_tables(collection, measure, structure).items():
        ranks = mean_ranks(table.to_numpy(), sign)
        frame = pd.DataFrame({"arm": table.columns, "mean": table.mean().to_numpy(), "mean_rank": ranks})
        frame["place"] = places(ranks)
        frame["place_by_mean"] = places(-sign * frame["mean"].to_numpy())
        rows.append(frame.assign(**dict(zip(SETTING, key, strict=True)), n_patients=len(table)))
    columns = [*SETTING, "arm", "mean", "mean_rank", "place", "place_by_mean", "n_patients"]
    if not rows:
        return pd.DataFrame(columns=columns)
    return in_order(pd.concat(rows, ignore_index=True)[columns], collection)


def stability(
    collection: Collection,
    measure: str = "dice",
    structure: str | None = None,
    setting: tuple[str, float, str] | None = None,
) -> Stability | None:
    """How stable the places by mean rank are when patients are drawn again with replacement.

    Args:
        collection: rows of all arms.
        measure: column that is ranked by.
        structure: what is ranked; None for the mean over structures.
        setting: condition, level (NaN for none) and sequence as in `ranking`; None for its first.

    Returns:
        None where no patient has all arms.
    """
    tables = patient_tables(collection, measure, structure)
    wanted = [key for key in tables if setting is None or _same(key, setting)]
    if not wanted:
        return None
    table = tables[wanted[0]]
    values, sign = table.to_numpy(), measure_of(measure).sign
    rng = np.random.default_rng(SEED)
    drawn = rng.integers(len(values), size=(RESAMPLES, len(values)))
    found = places(patient_ranks(values, sign)[drawn].mean(axis=1))
    names = range(1, len(table.columns) + 1)
    shares = pd.DataFrame(
        {place: (found == place).mean(axis=0) for place in names}, index=pd.Index(table.columns, name="arm")
    )
    return Stability(shares, len(table))


@once
def patient_tables(
    collection: Collection, measure: str, structure: str | None = None
) -> dict[tuple[str, float, str], pd.DataFrame]:
    """Setting -> patients x arms, patients that all arms have; in the order of `ranking`."""
    structure = structure or whole_structure(collection)
    values = over_patients(shared_cases(case_values(collection, measure), collection.arms), collection)
    values = values[values["structure"] == structure]
    values = in_order(pd.concat([values, _everywhere(values, collection)], ignore_index=True), collection)
    return {
        key: group.pivot(index="patient", columns="arm", values="value")[list(collection.arms)].dropna()
        for key, group in values.groupby(SETTING, dropna=False, sort=False)
    }


def _everywhere(values: pd.DataFrame, collection: Collection) -> pd.DataFrame:
    """Means of every patient over the conditions and levels of whole volumes, of patients that have all of them."""
    some = one_sequence(of_whole_volumes(values, collection))
    number = some.groupby(["condition", "level"], dropna=False).ngroups
    if number < 2:
        return values.iloc[:0]
    found = some.groupby(["arm", "patient"])["value"].agg(["mean", "size"]).reset_index()
    found = found[found["size"] == number].rename(columns={"mean": "value"})
    return found.assign(condition=EVERYWHERE, level=math.nan, sequence=whole_sequence(collection))


def one_sequence(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of `ALL`, and in a condition and level without it those of its only sequence."""
    has_all = (rows["sequence"] == ALL).groupby([rows["condition"], rows["level"]], dropna=False).transform("any")
    return rows[(rows["sequence"] == ALL) | ~has_all]


def patient_ranks(values: np.ndarray, sign: int) -> np.ndarray:
    """Ranks of arms on every patient, 1 for the best, the mean of their ranks for those that are level.

    Args:
        values: (patients, arms).
        sign: 1 where more is better.
    """
    return stats.rankdata(-sign * np.round(values, DIGITS), axis=1)


def mean_ranks(values: np.ndarray, sign: int) -> np.ndarray:
    """Mean over patients of `patient_ranks`, (arms,)."""
    return patient_ranks(values, sign).mean(axis=0)


def places(keys: np.ndarray) -> np.ndarray:
    """Place of every arm by a key of which less is better; those that are level share the better place.

    Args:
        keys: (..., arms).
    """
    return stats.rankdata(np.round(keys, DIGITS), method="min", axis=-1).astype(int)


def _same(one: tuple[str, float, str], other: tuple[str, float, str]) -> bool:
    return one[0] == other[0] and one[2] == other[2] and (one[1] == other[1] or (pd.isna(one[1]) and pd.isna(other[1])))
