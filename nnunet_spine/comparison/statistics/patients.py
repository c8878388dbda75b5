"""One value a patient: images of one patient are no independent observations, so they are averaged first.

The order of averages: runs of an arm (folds, seeds) on one image; images of one sequence of a patient; sequences of a
patient, so that a sequence that was scanned twice counts once. Values that are not defined are left out.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import pandas as pd

from nnunet_spine.comparison.reading.collect import Collection
from nnunet_spine.comparison.statistics.measures import measure_of
from nnunet_spine.comparison.statistics.once import once
from nnunet_spine.evaluation.records import ALL_SLICES, AS_ACQUIRED
from nnunet_spine.evaluation.structures import FOREGROUND, Labels, structures_of

ALL = "all"
"""The sequence that stands for all of them; in tables only where an arm has several."""

MEAN = "mean"
"""The structure that stands for the mean over structures; in tables only where there are several."""

SETTING = ["condition", "level", "sequence"]
"""What a set of test images is."""


@once
def case_values(collection: Collection, measure: str) -> pd.DataFrame:
    """A value for every case on the structures that all runs have, averaged over the runs of an arm.

    Returns:
        arm, condition, level, sequence, structure, case, patient, value, n_runs; without undefined values.

    Raises:
        ValueError: if there is no such measure.
    """
    scores = collection.scores[collection.scores["structure"].isin(collection.structures)]
    scores = scores.rename(columns={measure_of(measure).column: "value"}).dropna(subset="value")
    keys = ["arm", *SETTING, "structure", "case", "patient"]
    found = scores.groupby(keys, dropna=False).agg(value=("value", "mean"), n_runs=("run", "nunique"))
    return found.reset_index()


@once
def patient_means(collection: Collection, measure: str) -> pd.DataFrame:
    """The mean of every patient in every setting.

    Returns:
        arm, condition, level, sequence, structure, patient, value, n_cases, n_runs (the most that a case has); with
        rows of the sequence `ALL` and of the structure `MEAN` where there are several, in the order of `in_order`.

    Raises:
        ValueError: if there is no such measure.
    """
    return in_order(over_patients(case_values(collection, measure), collection), collection)


def over_patients(values: pd.DataFrame, collection: Collection) -> pd.DataFrame:
    """Average rows of `case_values`, or some of them, over the cases of a patient, with the structure `MEAN`."""
    return over_cases(with_mean(values, collection))


def over_cases(values: pd.DataFrame) -> pd.DataFrame:
    """Average rows that look like those of `case_values` over the cases of a patient, with the sequence `ALL`."""
    keys = ["arm", *SETTING, "structure", "patient"]
    found = values.groupby(keys, dropna=False).agg(
        value=("value", "mean"), n_cases=("case", "nunique"), n_runs=("n_runs", "max")
    )
    found = found.reset_index()
    keys.remove("sequence")
    of_all = (
        several_sequences(found)
        .groupby(keys, dropna=False)
        .agg(value=("value", "mean"), n_cases=("n_cases", "sum"), n_runs=("n_runs", "max"))
    )
    return pd.concat([found, of_all.reset_index().assign(sequence=ALL)], ignore_index=True)


def several_sequences(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows that `ALL` is made of: of arms that have several sequences in a condition and level."""
    number = rows.groupby(["arm", "condition", "level"], dropna=False)["sequence"].transform("nunique")
    return rows[number > 1]


def with_mean(values: pd.DataFrame, collection: Collection) -> pd.DataFrame:
    """Rows of `case_values`, and for every case the mean of the structures that it has a value of."""
    structures = averaged_structures(collection)
    if len(structures) < 2:
        return values
    keys = ["arm", *SETTING, "case", "patient"]
    some = values[values["structure"].isin(structures)]
    means = some.groupby(keys, dropna=False).agg(value=("value", "mean"), n_runs=("n_runs", "max"))
    return pd.concat([values, means.reset_index().assign(structure=MEAN)], ignore_index=True)


@once
def averaged_structures(collection: Collection) -> tuple[str, ...]:
    """The structures that `MEAN` is the mean of, so that nothing counts twice.

    The foreground is left out, and a group such as `vertebrae` where its parts are structures themselves.
    """
    names = collection.structures
    groups = {name for source in collection.sources for name in _groups_of(source.run.labels, names)}
    return tuple(name for name in names if name not in {FOREGROUND, *groups}) or names


def _groups_of(labels: Labels, among: Sequence[str]) -> Iterator[str]:
    """Structures that are no more than others among them together."""
    values = {one.name: set(one.values) for one in structures_of(labels) if one.name in among}
    for name, whole in values.items():
        if whole == {value for part in values.values() if part < whole for value in part}:
            yield name


def whole_sequence(collection: Collection) -> str:
    """The sequence that stands for all images: `ALL`, or the only one there is."""
    return ALL if len(collection.sequences) > 1 else collection.sequences[0]


def whole_structure(collection: Collection) -> str:
    """The structure that stands for all: `MEAN`, or the only one there is."""
    structures = averaged_structures(collection)
    return MEAN if len(structures) > 1 else structures[0]


def conditions_of(collection: Collection) -> tuple[str, ...]:
    """Every condition, images as acquired first."""
    names = sorted(collection.runs["condition"].unique())
    return tuple(sorted(names, key=lambda name: name != AS_ACQUIRED))


def of_whole_volumes(rows: pd.DataFrame, collection: Collection) -> pd.DataFrame:
    """The rows of conditions in which all slices were scored: what is averaged over conditions, or compared along one.

    Args:
        rows: with the column condition.
        collection: of all arms.
    """
    chosen = collection.runs.loc[collection.runs["slices"] != ALL_SLICES, "condition"]
    return rows[~rows["condition"].isin(chosen)]


def in_order(frame: pd.DataFrame, collection: Collection) -> pd.DataFrame:
    """Rows in the order of tables: images as acquired first, `ALL` and `MEAN` first, arms in the order of files.

    Args:
        frame: with any of the columns arm, condition, level, sequence, structure, patient.
        collection: gives the order.
    """
    orders = {
        "condition": conditions_of(collection),
        "sequence": (ALL, *collection.sequences),
        "structure": (MEAN, *collection.scores["structure"].drop_duplicates()),
        "arm": collection.arms,
    }
    by = [name for name in (*SETTING, "structure", "arm", "patient") if name in frame]
    ranks = {name: {value: k for k, value in enumerate(order)} for name, order in orders.items()}

    def rank(column: pd.Series) -> pd.Series:
        return column.map(ranks[column.name]).fillna(math.inf) if column.name in ranks else column

    return frame.sort_values(by, key=rank, na_position="first", kind="stable").reset_index(drop=True)
