"""The answer in data: which arm is best, by how much, how sure that is, and where it is weak."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from nnunet_spine.comparison.collect import Collection
from nnunet_spine.comparison.measures import measure_of
from nnunet_spine.comparison.patients import (
    ALL,
    averaged_structures,
    patient_means,
    whole_structure,
)
from nnunet_spine.comparison.statistics.bootstrap import Interval, mean_interval
from nnunet_spine.comparison.statistics.contrast import Contrast, at_setting, contrast
from nnunet_spine.comparison.statistics.holm import with_holm
from nnunet_spine.comparison.statistics.pairs import Family, paired_tests
from nnunet_spine.comparison.statistics.ranking import patient_ranks, patient_tables, places
from nnunet_spine.comparison.statistics.reversals import Reversal, reversals


@dataclass(frozen=True)
class ArmResult:
    """What an arm reaches on the patients that all arms have.

    Attributes:
        arm: its name.
        mean: over patients.
        interval: 95 %, of the mean.
        mean_rank: over patients, 1 is best.
        place: by mean.
        place_by_rank: by mean rank.
    """

    arm: str
    mean: float
    interval: Interval
    mean_rank: float
    place: int
    place_by_rank: int


@dataclass(frozen=True)
class Cell:
    """Where an arm is weakest.

    Attributes:
        condition: of the test images.
        level: of the condition, NaN where there is none.
        sequence: of the test images.
        structure: which one.
        mean: over patients.
        n_patients: number of them.
    """

    condition: str
    level: float
    sequence: str
    structure: str
    mean: float
    n_patients: int


@dataclass(frozen=True)
class Verdict:
    """Which arm is best in one setting.

    Attributes:
        measure: column that is compared.
        condition: of the test images.
        level: of the condition, NaN where there is none.
        sequence: `ALL` where there are several.
        structure: `MEAN` where there are several.
        n_patients: that all arms have.
        arms: results, the best first.
        against_second: the best arm against the next; None for a single arm.
        against_baseline: the best arm against the baseline; None without one, or if the best arm is the baseline.
        worst_structure: of the best arm in this setting.
        worst_setting: of the best arm, over all conditions and levels, sequence by sequence.
        reversals: test images on which another arm is ahead of the best one.
    """

    measure: str
    condition: str
    level: float
    sequence: str
    structure: str
    n_patients: int
    arms: tuple[ArmResult, ...]
    against_second: Contrast | None
    against_baseline: Contrast | None
    worst_structure: Cell
    worst_setting: Cell
    reversals: tuple[Reversal, ...]

    @property
    def best(self) -> str:
        """The arm with the best mean."""
        return self.arms[0].arm


def verdict(collection: Collection, measure: str = "dice", baseline: str | None = None) -> Verdict | None:
    """The verdict on all structures and sequences of images as acquired; where there are none, of the first setting.

    Returns:
        None where no patient has all arms in any setting.

    Raises:
        ValueError: if there is no such measure or baseline.
    """
    if baseline is not None and baseline not in collection.arms:
        raise ValueError(f"baseline: expected one of {', '.join(collection.arms)}, got {baseline!r}")
    tables = patient_tables(collection, measure)
    usable = {key: table for key, table in tables.items() if len(table)}
    if not usable:
        return None
    (condition, level, sequence), table = next(iter(usable.items()))
    arms = _results(table, measure_of(measure).sign)
    best, structure = arms[0].arm, whole_structure(collection)
    family = Family(measure, conditions=(condition,), sequences=(sequence,), structures=(structure,))
    tests = paired_tests(collection, family)
    tests = with_holm(tests[at_setting(tests, condition, level, sequence)])
    means = patient_means(collection, measure)
    means = means[means["arm"] == best]
    here = means[
        at_setting(means, condition, level, sequence) & means["structure"].isin(averaged_structures(collection))
    ]
    everywhere = means[(means["structure"] == structure) & (means["sequence"] != ALL)]
    return Verdict(
        measure,
        condition,
        level,
        sequence,
        structure,
        len(table),
        arms,
        contrast(tests, best, arms[1].arm) if len(arms) > 1 else None,
        contrast(tests, best, baseline) if baseline not in (None, best) else None,
        _worst(here, measure),
        _worst(everywhere, measure),
        reversals(collection, measure, structure, best, usable) if len(arms) > 1 else (),
    )


def _results(table: pd.DataFrame, sign: int) -> tuple[ArmResult, ...]:
    ranks = patient_ranks(table.to_numpy(), sign).mean(axis=0)
    means = table.mean().to_numpy()
    rows = zip(table.columns, means, ranks, places(-sign * means), places(ranks), strict=True)
    results = [
        ArmResult(arm, float(mean), mean_interval(table[arm]), float(rank), int(place), int(by_rank))
        for arm, mean, rank, place, by_rank in rows
    ]
    return tuple(sorted(results, key=lambda one: (one.place, one.place_by_rank)))


def _worst(means: pd.DataFrame, measure: str) -> Cell:
    keys = ["condition", "level", "sequence", "structure"]
    cells = means.groupby(keys, dropna=False)["value"].agg(["mean", "size"]).reset_index()
    row = cells.loc[cells["mean"].idxmin() if measure_of(measure).sign > 0 else cells["mean"].idxmax()]
    return Cell(*row[keys], float(row["mean"]), int(row["size"]))
