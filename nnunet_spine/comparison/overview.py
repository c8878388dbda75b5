"""Tables that the page has beside those of scores and tests: the overview, failures, stability, the worst cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from nnunet_spine.comparison.figures.wording import sequence_name, setting_name, structure_name
from nnunet_spine.comparison.measures import Measure, measure_of
from nnunet_spine.comparison.patients import ALL, MEAN, SETTING
from nnunet_spine.comparison.statistics.failures import ANY
from nnunet_spine.comparison.statistics.ranking import RESAMPLES, Stability
from nnunet_spine.comparison.tables import Table
from nnunet_spine.comparison.tables.scores import INTERVAL, best_arms
from nnunet_spine.comparison.tables.table import EMPTY, number, people, with_interval
from nnunet_spine.comparison.worst import WorstCase

_MOST_SETTINGS = 6
_MISSED = "missed"
_NO_BREAK = "\N{NO-BREAK SPACE}"


def overview_table(summary: pd.DataFrame, measure: str, structure: str) -> Table:
    """A row an arm, a column a set of test images: the mean over patients with its interval.

    Args:
        summary: of `summarise`.
        measure: column that is shown.
        structure: whose mean; `MEAN` for that of all structures.
    """
    of = measure_of(measure)
    cells = summary[(summary["measure"] == measure) & (summary["structure"] == structure)]
    arms = list(dict.fromkeys(cells["arm"]))
    columns, best = [], set()
    groups = _settings(cells)
    for k, (_, some) in enumerate(groups[:_MOST_SETTINGS], start=1):
        texts = {row["arm"]: _cell(row, of) for row in some.to_dict("records")}
        columns.append([texts.get(arm, EMPTY) for arm in arms])
        best |= {(arms.index(arm), k) for arm in best_arms(some, of)}
    return Table(
        "overview",
        "Overview",
        ("Arm", *(setting_name(*key) for key, _ in groups[:_MOST_SETTINGS])),
        tuple(zip(arms, *columns, strict=True)),
        _about(of, structure, cells.groupby(SETTING, dropna=False).ngroups - len(columns)),
        frozenset(range(1, len(columns) + 1)),
        frozenset(best),
    )


def _settings(cells: pd.DataFrame) -> list[tuple[tuple[str, float, str], pd.DataFrame]]:
    """Every sequence of images as acquired first, then other conditions over all sequences."""
    groups = list(cells.groupby(SETTING, dropna=False, sort=False))
    whole = ALL if (cells["sequence"] == ALL).any() else cells["sequence"].iloc[0]
    return [(key, some) for key, some in groups if key[0] == groups[0][0][0] or key[2] == whole]


def _cell(row: dict, measure: Measure) -> str:
    if not row["n_patients"]:
        return EMPTY
    mean = with_interval(row["mean"], row["ci_low"], row["ci_high"], measure.digits)
    missed = f", {row['n_missed']} missed" if row["n_missed"] else ""
    # A narrow page breaks the line behind the interval and nowhere else.
    return f"{mean}, n = {row['n_patients']}{missed}".replace(" ", _NO_BREAK).replace(f",{_NO_BREAK}n", ", n")


def _about(measure: Measure, structure: str, left_out: int) -> str:
    of = "the mean of structures" if structure == MEAN else structure_name(structure)
    more = f" {left_out} more sets of test images are in the tables below." if left_out > 0 else ""
    return (
        f"{measure.label} of {of}: mean over patients with its {INTERVAL}, n patients, how often a structure was "
        f"missed. {'More' if measure.sign > 0 else 'Less'} is better, the best mean is bold.{more}"
    )


def failures_table(counts: pd.DataFrame, arms: Sequence[str], *, by_structure: bool = False) -> Table:
    """A row a set of images and mode, a column an arm: how many predictions fail so.

    Args:
        counts: of `failure_counts`.
        arms: in the order of the columns.
        by_structure: a row for every structure too, instead of all of them together.
    """
    counts = counts[(counts["structure"] != ANY) == by_structure]
    rows = []
    for (*setting, mode, structure), some in counts.groupby([*SETTING, "mode", "structure"], dropna=False, sort=False):
        texts = {
            row["arm"]: f"{row['n_failed']} of {row['n_images']} ({row['share']:.0%})"
            for row in some.to_dict("records")
        }
        about = (setting_name(*setting), mode, *([structure_name(str(structure))] * by_structure))
        rows.append((*about, *(texts.get(arm, "0") for arm in arms)))
    head = ("Images", "Failure", *(["Structure"] * by_structure), *arms)
    return Table(
        "failures-by-structure" if by_structure else "failures",
        "Failures of every structure" if by_structure else "Failures",
        head,
        tuple(rows),
        "Predictions in which the failure was found at least once; every run of an arm is a prediction of its own. "
        "What has no row was found in no arm.",
        frozenset(range(len(head) - len(arms), len(head))),
    )


def stability_table(stable: Stability, measure: str, where: str) -> Table:
    """How often every arm has which place when patients are drawn again."""
    places = list(stable.shares.columns)
    rows = [
        (arm, *(f"{share:.0%}" for share in row))
        for arm, row in zip(stable.shares.index, stable.shares.to_numpy(), strict=True)
    ]
    return Table(
        "stability",
        f"How stable the ranks are: {measure_of(measure).label}, {where}",
        ("Arm", *(f"Place {place}" for place in places)),
        tuple(rows),
        f"Share of {RESAMPLES} draws of {people(stable.n_patients, 'patient')} with replacement in which the arm has "
        "the place by mean rank; arms that are level share the better place.",
        frozenset(range(1, len(places) + 1)),
    )


def worst_table(worst: Mapping[tuple[str, str, str], Sequence[WorstCase]], measure: str) -> Table:
    """The worst cases of every structure, sequence and arm."""
    of = measure_of(measure)
    rows = [
        (
            structure_name(one.structure),
            sequence_name(one.sequence),
            one.arm,
            one.case,
            one.patient,
            number(one.value, of.digits) + (f" ({_MISSED})" if one.outcome == _MISSED else ""),
            number(one.mean, of.digits),
        )
        for cases in worst.values()
        for one in cases
    ]
    return Table(
        "worst",
        "The worst cases of every structure and sequence",
        ("Structure", "Sequence", "Arm", "Case", "Patient", of.label, "Mean of all"),
        tuple(rows),
        "Beside the value of the case, the mean of all cases of the same structure, sequence and arm.",
        frozenset({5, 6}),
    )
