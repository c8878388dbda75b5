"""How an arm fares as test images get worse."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pandas as pd

from nnunet_spine.comparison.reading.collect import Collection
from nnunet_spine.comparison.statistics.bootstrap import means_with_interval
from nnunet_spine.comparison.statistics.patients import (
    case_values,
    in_order,
    of_whole_volumes,
    over_patients,
    whole_structure,
)
from nnunet_spine.conditions import SCALES
from nnunet_spine.evaluation.records import AS_ACQUIRED

COLUMNS = ["condition", "sequence", "arm", "level", "is_start", "mean", "ci_low", "ci_high", "n_patients"]
COLUMNS += ["change", "change_ci_low", "change_ci_high", "n_pairs"]


def robustness(collection: Collection, measure: str = "dice", structure: str | None = None) -> pd.DataFrame:
    """The mean of every arm at every level of every condition, and what changed since the start, patient by patient.

    The start is the level at which a condition does nothing where that was evaluated, otherwise the images as acquired.
    It is of the images that were made worse, not of others. Changes are of cases that both have.

    Args:
        collection: rows of all arms.
        measure: column, see `MEASURES`.
        structure: None for the mean over structures.

    Returns:
        condition, sequence, arm, level (of the start: at which the condition does nothing; NaN where that is not
        known), is_start, mean, ci_low, ci_high (95 %), n_patients, change (mean over patients of value - start),
        change_ci_low, change_ci_high, n_pairs (patients in the change); by condition, sequence, arm and level. No rows
        where nothing was made worse.
    """
    structure = structure or whole_structure(collection)
    values = of_whole_volumes(case_values(collection, measure), collection)
    found = [
        _level(collection, structure, some, start).assign(condition=condition, is_start=is_start)
        for condition in sorted(set(values["condition"]) - {AS_ACQUIRED})
        for some, start, is_start in _levels(values, condition)
    ]
    if not found:
        return pd.DataFrame(columns=COLUMNS)
    # By level last, so that a curve is a run of rows.
    frame = pd.concat(found, ignore_index=True)[COLUMNS].sort_values(["level"], kind="stable", ignore_index=True)
    return in_order(frame.rename(columns={"level": "of"}), collection).rename(columns={"of": "level"})


def _levels(values: pd.DataFrame, condition: str) -> Iterator[tuple[pd.DataFrame, pd.DataFrame, bool]]:
    """Values at every level, of the start, and whether the level is the start; arm by arm where its start is."""
    neutral = SCALES[condition].neutral if condition in SCALES else math.nan
    some = values[values["condition"] == condition]
    own = some[some["level"] == neutral]
    acquired = values[(values["condition"] == AS_ACQUIRED) & values["arm"].isin(some["arm"])]
    worse = some[some["level"] != neutral]
    start = pd.concat([own, acquired[~acquired["arm"].isin(own["arm"])]]).assign(level=neutral)
    start = start.merge(worse[["arm", "case"]].drop_duplicates(), on=["arm", "case"])
    yield start, start, True
    for _, at_level in worse.groupby("level", dropna=False):
        yield at_level, start, False


def _level(collection: Collection, structure: str, values: pd.DataFrame, start: pd.DataFrame) -> pd.DataFrame:
    """One row a sequence and arm."""
    now = _patients(values, collection, structure)
    change = _changes(values, start, collection, structure)
    keys = ["arm", "sequence"]
    found = means_with_interval(now, keys).merge(
        means_with_interval(change, keys).rename(
            columns={"mean": "change", "ci_low": "change_ci_low", "ci_high": "change_ci_high", "n_patients": "n_pairs"}
        ),
        on=keys,
        how="left",
    )
    found["n_pairs"] = found["n_pairs"].fillna(0).astype(int)
    return found.assign(level=values["level"].iloc[0] if len(values) else math.nan)


def _changes(values: pd.DataFrame, start: pd.DataFrame, collection: Collection, structure: str) -> pd.DataFrame:
    """Value - start of every patient, on cases that both have."""
    keys = ["arm", "sequence", "structure", "case"]
    now = values.merge(start[keys], on=keys)
    then = start.merge(values[keys], on=keys)
    keys = ["arm", "sequence", "patient"]
    both = _patients(now, collection, structure).merge(
        _patients(then, collection, structure)[[*keys, "value"]], on=keys, suffixes=("", "_start")
    )
    return both.assign(value=both["value"] - both["value_start"])


def _patients(values: pd.DataFrame, collection: Collection, structure: str) -> pd.DataFrame:
    # The start of some arms may be a level and of others the images as acquired: their setting plays no part here.
    one_setting = values.assign(condition="", level=math.nan)
    found = over_patients(one_setting, collection)
    return found[found["structure"] == structure]
