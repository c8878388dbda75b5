"""Tables of paired tests and of ranks."""

from __future__ import annotations

import pandas as pd

from nnunet_spine.comparison.figures.wording import setting_name, structure_name
from nnunet_spine.comparison.statistics.measures import measure_of
from nnunet_spine.comparison.statistics.patients import SETTING
from nnunet_spine.comparison.tables.scores import INTERVAL
from nnunet_spine.comparison.tables.table import Table, key_of, number, p_value, with_interval
from nnunet_spine.plumbing.wording import counted


def tests_table(tests: pd.DataFrame) -> Table:
    """Every row of `paired_tests`."""
    measure = measure_of(tests["measure"].iloc[0])
    records = tests.to_dict("records")
    notes = list(dict.fromkeys(filter(None, map(note, records))))
    rows = [
        (
            setting_name(*(row[name] for name in SETTING)),
            structure_name(row["structure"]),
            row["first"],
            row["second"],
            with_interval(row["difference"], row["ci_low"], row["ci_high"], measure.digits),
            number(row["effect_size"], 2),
            p_value(row["p"]),
            p_value(row["p_holm"]),
            str(row["n_pairs"]) + (f", note {notes.index(note(row)) + 1}" if note(row) else ""),
        )
        for row in records
    ]
    head = ("Images", "Structure", "First", "Second", f"{measure.label}: first − second", "Effect", "p", "p (Holm)")
    caption = (
        "Wilcoxon's signed-rank test, two-sided, on patients that both arms have; p (Holm) is corrected for the "
        f"{counted(int(tests['family_size'].iloc[0]), 'test')} of the family. Mean difference with its {INTERVAL}. "
        "Effect: matched-pairs rank-biserial correlation, 1 where the first arm is better in every patient, −1 where "
        "it is worse in every one."
    )
    return Table(
        key_of("tests", measure.column),
        f"Paired tests, {measure.label}",
        (*head, "Patients"),
        tuple(rows),
        " ".join([caption, *(f"Note {k}: {text}." for k, text in enumerate(notes, start=1))]),
        numeric=frozenset(range(4, 9)),
    )


def note(row: dict) -> str:
    """What a reader of a test must know; empty for nothing."""
    notes = {
        "identical": "identical: no patient differs, nothing to test",
        "no pairs": "no patient has both",
        "too few pairs": "too few patients differ for so many tests: p (Holm) cannot be below 0.05",
    }
    parts = [notes.get(row["state"], "")]
    for side in ("first", "second"):
        if row[f"only_{side}"]:
            names = ", ".join(row[f"only_{side}"])
            parts.append(f"only in {row[side]}: {names}")
    if row["n_unpaired_cases"]:
        parts.append(f"{counted(row['n_unpaired_cases'], 'image')} left out that one of both has no value of")
    return "; ".join(part for part in parts if part)


def ranking_table(ranking: pd.DataFrame, measure: str) -> Table:
    """Every row of `ranking`."""
    of = measure_of(measure)
    rows = [
        (
            setting_name(*(row[name] for name in SETTING)),
            row["arm"],
            number(row["mean_rank"], 2),
            str(row["place"]),
            number(row["mean"], of.digits),
            str(row["place_by_mean"]),
            str(row["n_patients"]),
        )
        for row in ranking.to_dict("records")
    ]
    return Table(
        key_of("ranking", measure),
        f"Ranks, {of.label}",
        ("Images", "Arm", "Mean rank", "Place by rank", "Mean", "Place by mean", "Patients"),
        tuple(rows),
        "Arms are ranked on every patient that all arms have, 1 is best, and ranks are averaged over patients.",
        numeric=frozenset(range(2, 7)),
        best=frozenset((k, 3) for k, row in enumerate(ranking.to_dict("records")) if row["place"] == 1),
    )
