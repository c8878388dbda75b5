"""Tables that the page has beside those of scores and tests: the overview, failures, stability, the worst cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from nnunet_spine.comparison.figures.wording import sequence_name, setting_name, structure_name
from nnunet_spine.comparison.page.worst import WorstCase
from nnunet_spine.comparison.reading.collect import Collection
from nnunet_spine.comparison.statistics.failures import ANY
from nnunet_spine.comparison.statistics.measures import Measure, measure_of
from nnunet_spine.comparison.statistics.patients import ALL, MEAN, SETTING
from nnunet_spine.comparison.statistics.ranking import RESAMPLES, Stability
from nnunet_spine.comparison.tables import Table
from nnunet_spine.comparison.tables.scores import BOLD, INTERVAL, best_arms
from nnunet_spine.comparison.tables.table import EMPTY, number, percent, with_interval
from nnunet_spine.evaluation.failures import MODES
from nnunet_spine.plumbing.wording import counted

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
        f"missed. {'More' if measure.sign > 0 else 'Less'} is better. Every mean is over all patients of "
        f"its arm. {BOLD}{more}"
    )


def failures_table(counts: pd.DataFrame, collection: Collection, *, by_structure: bool = False) -> Table:
    """A row a set of images and mode, a column an arm: how many predictions fail so.

    Args:
        counts: of `failure_counts`.
        collection: the rows that were counted.
        by_structure: a row for every structure too, instead of all of them together.
    """
    counts, arms = counts[(counts["structure"] != ANY) == by_structure], collection.arms
    predictions = _predictions(collection)
    rows = []
    for setting, of_setting in counts.groupby(SETTING, dropna=False, sort=False):
        images = setting_name(*setting)
        for (mode, structure), some in _by_mode(of_setting):
            failed = dict(zip(some["arm"], some["n_failed"], strict=True))
            shares = (_share(failed.get(arm, 0), predictions.get((arm, images), 0)) for arm in arms)
            rows.append((images, mode, *([structure_name(structure)] * by_structure), *shares))
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


def _by_mode(counts: pd.DataFrame) -> list[tuple[tuple[str, str], pd.DataFrame]]:
    """Rows of every mode and structure, modes in the order in which they are defined."""
    order = {mode: k for k, mode in enumerate(MODES)}
    groups = counts.groupby(["mode", "structure"], sort=False)
    return sorted(groups, key=lambda group: order.get(group[0][0], len(order)))


def _predictions(collection: Collection) -> dict[tuple[str, str], int]:
    """Number of predictions by arm and name of the set of images."""
    cases = collection.cases
    cases = pd.concat([cases, cases.assign(sequence=ALL)], ignore_index=True)
    numbers = cases.groupby(["arm", *SETTING], dropna=False).size()
    return {(arm, setting_name(*setting)): int(n) for (arm, *setting), n in numbers.items()}


def _share(failed: int, predictions: int) -> str:
    return f"{failed} of {predictions} ({failed / predictions:.0%})" if predictions else EMPTY


def runs_table(means: pd.DataFrame, measure: str, structure: str, sequence: str) -> Table | None:
    """Every run alone, of arms with several on the same kind of images; None where there are none.

    Args:
        means: of `run_means`.
        measure: column that they are of.
        structure: whose means are shown.
        sequence: of which images.
    """
    means = means[(means["structure"] == structure) & (means["sequence"] == sequence)]
    several = means.groupby(["arm", "condition", "level"], dropna=False)["run"].transform("nunique") > 1
    of = measure_of(measure)
    rows = [
        (
            setting_name(*(row[name] for name in SETTING)),
            row["arm"],
            *(EMPTY if pd.isna(row[name]) else f"{row[name]:g}" if name == "seed" else str(row[name]) for name in _RUN),
            number(row["mean"], of.digits),
            str(row["n_patients"]),
        )
        for row in means[several].to_dict("records")
    ]
    if not rows:
        return None
    return Table(
        "runs",
        f"Every run alone: {of.label}, {structure_name(structure)}",
        ("Images", "Arm", "Fold", "Seed", "Mean", "Patients"),
        tuple(rows),
        "Mean over the patients of the run. Seeds differ by the training alone, folds by their patients too.",
        frozenset({4, 5}),
    )


_RUN = ("fold", "seed")


def stability_table(stable: Stability, measure: str, where: str) -> Table:
    """How often every arm has which place when patients are drawn again."""
    places = list(stable.shares.columns)
    rows = [(arm, *map(percent, row)) for arm, row in zip(stable.shares.index, stable.shares.to_numpy(), strict=True)]
    return Table(
        "stability",
        f"How stable the ranks are: {measure_of(measure).label}, {where}",
        ("Arm", *(f"Place {place}" for place in places)),
        tuple(rows),
        f"Share of {RESAMPLES} draws of {counted(stable.n_patients, 'patient')} with replacement in which the arm has "
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
