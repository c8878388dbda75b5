"""Tables of what arms reach: short with arms side by side, and long with every count."""

from __future__ import annotations

import math

import pandas as pd

from nnunet_spine.comparison.figures.wording import setting_name, structure_name
from nnunet_spine.comparison.statistics.bootstrap import CONFIDENCE
from nnunet_spine.comparison.statistics.measures import Measure, measure_of
from nnunet_spine.comparison.statistics.patients import SETTING
from nnunet_spine.comparison.tables.table import Table, key_of, number, with_interval

INTERVAL = f"{100 * CONFIDENCE:.0f} % confidence interval"
"""What stands in brackets behind a mean."""

BOLD = "The best mean is bold where all arms have a value of the same images."
"""Which of them stands out, see `best_arms`."""


def score_tables(summary: pd.DataFrame) -> list[Table]:
    """A table for every measure and setting: a row a structure, a column an arm.

    Args:
        summary: rows of `summarise`.
    """
    return [_scores(measure_of(str(key[0])), key[1:], cells) for key, cells in _cells(summary)]


def count_tables(summary: pd.DataFrame) -> list[Table]:
    """A table for every measure and setting: a row a structure and arm, with spread and all counts.

    Args:
        summary: rows of `summarise`.
    """
    return [_counts(measure_of(str(key[0])), key[1:], cells) for key, cells in _cells(summary)]


def _cells(summary: pd.DataFrame) -> list[tuple[tuple, pd.DataFrame]]:
    return list(summary.groupby(["measure", *SETTING], dropna=False, sort=False))


def _scores(measure: Measure, setting: tuple[str, float, str], cells: pd.DataFrame) -> Table:
    arms = list(cells["arm"].drop_duplicates())
    rows, best = [], set()
    for structure, some in cells.groupby("structure", sort=False):
        texts = {row["arm"]: _mean(row, measure) for row in some.to_dict("records")}
        numbers = sorted(set(some.loc[some["n_patients"] > 0, "n_patients"]), reverse=True)
        best |= {(len(rows), 1 + arms.index(arm)) for arm in best_arms(some, measure)}
        rows.append((structure_name(str(structure)), *(texts.get(arm, "") for arm in arms), _between(numbers)))
    return Table(
        key_of(measure.column, *_words(setting)),
        _title(measure, setting),
        ("Structure", *arms, "Patients"),
        tuple(rows),
        caption=f"Mean over patients with its {INTERVAL}; {_direction(measure)}. {BOLD} {_missed(measure)}",
        numeric=frozenset(range(1, len(arms) + 2)),
        best=frozenset(best),
    )


def _counts(measure: Measure, setting: tuple[str, float, str], cells: pd.DataFrame) -> Table:
    rows, best = [], set()
    for structure, some in cells.groupby("structure", sort=False):
        leading = best_arms(some, measure)
        for row in some.to_dict("records"):
            if row["arm"] in leading:
                best.add((len(rows), 2))
            spread = [number(row[name], measure.digits) for name in ("sd", "median")]
            rows.append((structure_name(str(structure)), row["arm"], _mean(row, measure), *spread, *_numbers(row)))
    return Table(
        key_of(measure.column, *_words(setting), "counts"),
        _title(measure, setting),
        ("Structure", "Arm", "Mean", "SD", "Median", *_NUMBERS),
        tuple(rows),
        caption=f"Mean over patients with its {INTERVAL}, standard deviation and median of patients; "
        f"{_direction(measure)}. {BOLD} Patients and images are those with a value; of all images of all "
        "runs (and structures, for their mean) are counted: missed structures, those invented where the reference has "
        f"none, and those that both lack. {_missed(measure)}",
        numeric=frozenset(range(2, 5 + len(_NUMBERS))),
        best=frozenset(best),
    )


_NUMBERS = ("Patients (images)", "Missed", "False positive", "Absent")


def _numbers(row: dict) -> tuple[str, ...]:
    """A cell for each of `_NUMBERS`."""
    patients, missed = f"{row['n_patients']} ({row['n_cases']})", f"{row['n_missed']} of {row['n_scores']}"
    return (patients, missed, str(row["n_false_positive"]), str(row["n_absent"]))


def best_arms(cells: pd.DataFrame, measure: Measure) -> set[str]:
    """The arms whose mean is printed like the best one.

    None where there is no other to be better than, or where means are of different cases.

    Args:
        cells: rows of `summarise` of one structure in one setting.
        measure: what they are of.
    """
    known = cells.dropna(subset="mean")
    if len(known) < 2 or not known["comparable"].all():
        return set()
    best = known["mean"].max() if measure.metric.higher_is_better else known["mean"].min()
    printed = known["mean"].map(lambda mean: number(mean, measure.digits))
    return set(known.loc[printed == number(best, measure.digits), "arm"])


def _mean(row: dict, measure: Measure) -> str:
    return with_interval(row["mean"], row["ci_low"], row["ci_high"], measure.digits)


def _between(numbers: list[int]) -> str:
    """`8`, or `7 to 8` where arms differ."""
    if not numbers:
        return "0"
    return str(numbers[0]) if len(numbers) == 1 else f"{numbers[-1]} to {numbers[0]}"


def _title(measure: Measure, setting: tuple[str, float, str]) -> str:
    return f"{measure.label}: {setting_name(*setting)}"


def _words(setting: tuple[str, float, str]) -> list[str]:
    condition, level, sequence = setting
    return [condition, *([] if math.isnan(level) else [f"{level:g}"]), sequence]


def _direction(measure: Measure) -> str:
    return "more is better" if measure.metric.higher_is_better else "less is better"


def _missed(measure: Measure) -> str:
    if measure.metric.missed == "zero":
        return "A missed structure counts 0; one that is not in the reference is left out."
    if measure.penalised:
        return "A missed structure counts as the image's diagonal; one that is not in the reference is left out."
    return "Missed structures have no distance and are left out, as are those that are not in the reference."
