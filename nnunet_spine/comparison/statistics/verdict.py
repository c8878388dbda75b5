"""The answer in data: which arm is best, by how much, how sure that is, and where it is weak.

Means, order and tests are all of the cases that all arms have: of different patients they could contradict each other.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from nnunet_spine.comparison.reading.collect import Collection
from nnunet_spine.comparison.statistics.bootstrap import Interval, mean_interval
from nnunet_spine.comparison.statistics.contrast import Contrast, contrast
from nnunet_spine.comparison.statistics.coverage import Coverage, coverage
from nnunet_spine.comparison.statistics.measures import measure_of
from nnunet_spine.comparison.statistics.pairing import of_shared_cases
from nnunet_spine.comparison.statistics.pairs import Family, corrected, paired_tests
from nnunet_spine.comparison.statistics.patients import (
    ALL,
    averaged_structures,
    patient_means,
    whole_structure,
)
from nnunet_spine.comparison.statistics.ranking import patient_ranks, patient_tables, places
from nnunet_spine.comparison.statistics.reversals import Reversal, reversals
from nnunet_spine.comparison.statistics.setting import at_setting


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


@dataclass(frozen=True, eq=False)
class Verdict:
    """Which arm is best in one setting.

    Attributes:
        measure: column that is compared.
        condition: of the test images.
        level: of the condition, NaN where there is none.
        sequence: `ALL` where there are several.
        structure: `MEAN` where there are several.
        coverage: what all arms have, and is compared.
        arms: results, the best first; of those that are level the baseline.
        baseline: the arm that all others were tested against; None where all pairs were.
        tests: of the answer, see `paired_tests`: one family.
        against: the best arm against those that it was tested against, the next best first: all others, or the baseline
            alone if that is another arm.
        worst_structure: of the best arm in this setting.
        worst_setting: of the best arm on the same patients, over all conditions and levels, sequence by sequence.
        reversals: test images on which another arm is ahead of the best one.
    """

    measure: str
    condition: str
    level: float
    sequence: str
    structure: str
    coverage: Coverage
    arms: tuple[ArmResult, ...]
    baseline: str | None
    tests: pd.DataFrame
    against: tuple[Contrast, ...]
    worst_structure: Cell
    worst_setting: Cell
    reversals: tuple[Reversal, ...]

    @property
    def best(self) -> str:
        """The arm with the best mean."""
        return self.arms[0].arm


def verdict(collection: Collection, measure: str = "dice", baseline: str | None = None) -> Verdict | None:
    """The verdict on all structures and sequences of images as acquired; where there are none, of the first setting.

    Args:
        collection: rows of all arms.
        measure: column that is compared.
        baseline: the arm that others are tested against; None to test all pairs.

    Returns:
        None where no patient has all arms in any setting.

    Raises:
        ValueError: if there is no such measure or baseline.
    """
    if baseline is not None and baseline not in collection.arms:
        raise ValueError(f"baseline: expected one of {', '.join(collection.arms)}, got {baseline!r}")
    usable = {key: table for key, table in patient_tables(collection, measure).items() if len(table)}
    if not usable:
        return None
    setting, table = next(iter(usable.items()))
    shared, structure = of_shared_cases(collection, measure), whole_structure(collection)
    arms = _results(table, measure_of(measure).sign, baseline)
    best, names = arms[0].arm, [one.arm for one in arms]
    family = Family(measure, baseline, conditions=(setting[0],), sequences=(setting[2],), structures=(structure,))
    tests = paired_tests(shared, family)
    tests = corrected(tests[at_setting(tests, *setting)])
    others = names[1:] if baseline in (None, best) else [baseline]
    return Verdict(
        measure,
        *setting,
        structure,
        coverage(collection, measure, setting),
        arms,
        baseline,
        tests,
        tuple(contrast(tests, best, other) for other in others),
        *_weakest(collection, measure, best, setting, table.index),
        reversals(shared, measure, structure, best, usable) if len(arms) > 1 else (),
    )


def _results(table: pd.DataFrame, sign: int, baseline: str | None) -> tuple[ArmResult, ...]:
    ranks = patient_ranks(table.to_numpy(), sign).mean(axis=0)
    means = table.mean().to_numpy()
    rows = zip(table.columns, means, ranks, places(-sign * means), places(ranks), strict=True)
    results = [
        ArmResult(arm, float(mean), mean_interval(table[arm]), float(rank), int(place), int(by_rank))
        for arm, mean, rank, place, by_rank in rows
    ]
    return tuple(sorted(results, key=lambda one: (one.place, one.arm != baseline, one.place_by_rank)))


def _weakest(
    collection: Collection, measure: str, arm: str, setting: tuple[str, float, str], patients: pd.Index
) -> tuple[Cell, Cell]:
    """The worst structure of an arm in a setting, and its worst set of test images of one sequence."""
    means = patient_means(of_shared_cases(collection, measure), measure)
    structures = averaged_structures(collection)
    here = means[(means["arm"] == arm) & at_setting(means, *setting) & means["structure"].isin(structures)]
    means = patient_means(collection, measure)
    means = means[(means["arm"] == arm) & means["patient"].isin(patients) & (means["sequence"] != ALL)]
    everywhere = means[means["structure"] == whole_structure(collection)]
    return _worst(here, measure), _worst(everywhere, measure)


def _worst(means: pd.DataFrame, measure: str) -> Cell:
    keys = ["condition", "level", "sequence", "structure"]
    cells = means.groupby(keys, dropna=False)["value"].agg(["mean", "size"]).reset_index()
    row = cells.loc[cells["mean"].idxmin() if measure_of(measure).sign > 0 else cells["mean"].idxmax()]
    return Cell(*row[keys], float(row["mean"]), int(row["size"]))
