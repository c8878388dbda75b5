"""Which values of two arms belong together.

Pairs are made of cases before they are averaged over patients: where an arm lacks a case, or has no distance because it
missed the structure, the other arm's value is left out too.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from nnunet_spine.comparison.reading.collect import Collection
from nnunet_spine.comparison.statistics.measures import measure_of
from nnunet_spine.comparison.statistics.once import once
from nnunet_spine.comparison.statistics.patients import (
    ALL,
    MEAN,
    SETTING,
    averaged_structures,
    case_values,
    over_patients,
    several_sequences,
)

CELL = [*SETTING, "structure"]


def shared_cases(values: pd.DataFrame, arms: Sequence[str]) -> pd.DataFrame:
    """The rows of `case_values` of cases (and structures) that all these arms have a value of."""
    some = values[values["arm"].isin(arms)]
    number = some.groupby([*CELL, "case"], dropna=False)["arm"].transform("nunique")
    return some[number == len(arms)]


@once
def of_shared_cases(collection: Collection, measure: str) -> Collection:
    """The same rows, with a value of the measure only on cases (and structures) that all arms have one of.

    All statistics of it are of the same patients for every arm, so that they cannot contradict each other.
    """
    column, keys = measure_of(measure).column, [*CELL, "case"]
    shared = shared_cases(case_values(collection, measure), collection.arms)[keys].drop_duplicates()
    scores = collection.scores.merge(shared.assign(shared=True), on=keys, how="left")
    scores[column] = scores[column].where(scores.pop("shared").notna())
    return replace(collection, scores=scores)


@once
def comparable_cells(collection: Collection, measure: str) -> pd.DataFrame:
    """Where means of arms are of the same cases, so that they may be compared as they are.

    Returns:
        condition, level, sequence (with `ALL`), structure (with `MEAN`), comparable: whether every arm with a value in
        the setting has one of every case (and for `MEAN` of every structure) that any arm has one of; for `ALL` of the
        arms that have several sequences.
    """
    values = case_values(collection, measure)
    # `ALL` as a setting of its own: a sequence that one arm alone has is no case of the others.
    values = pd.concat([values, several_sequences(values).assign(sequence=ALL)])
    arms = values.groupby(SETTING, dropna=False)["arm"].transform("nunique")
    having = values.groupby([*CELL, "case"], dropna=False)["arm"].transform("nunique")
    cells = values.assign(comparable=having == arms)[[*CELL, "comparable"]]
    cells = pd.concat([cells, cells[cells["structure"].isin(averaged_structures(collection))].assign(structure=MEAN)])
    return cells.groupby(CELL, dropna=False)["comparable"].all().reset_index()


def side_by_side(
    values: pd.DataFrame, each: pd.DataFrame, collection: Collection, pair: tuple[str, str]
) -> pd.DataFrame:
    """A row a setting, structure and patient of either arm, in conditions and levels that both were tested at.

    Args:
        values: rows of `case_values`.
        each: the same over patients.
        collection: they are of.
        pair: two arms.

    Returns:
        keys, patient; first, second (means over the cases that both have), n_cases (of them); all_first, all_second
        (number of cases that each has). NaN where there are none.
    """
    both = over_patients(shared_cases(values, pair), collection)
    first, second = pair
    parts = [
        _column(both, first, "value", "first"),
        _column(both, second, "value", "second"),
        _column(both, first, "n_cases", "n_cases"),
        _column(each, first, "n_cases", "all_first"),
        _column(each, second, "n_cases", "all_second"),
    ]
    table = functools.reduce(lambda one, other: one.merge(other, on=[*CELL, "patient"], how="outer"), parts)
    tested = table.groupby(["condition", "level"], dropna=False)[["all_first", "all_second"]].transform("count")
    return table[(tested > 0).all(axis=1)]


def _column(frame: pd.DataFrame, arm: str, column: str, name: str) -> pd.DataFrame:
    return frame.loc[frame["arm"] == arm, [*CELL, "patient", column]].rename(columns={column: name})
