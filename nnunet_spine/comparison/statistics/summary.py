"""What every arm reaches in every setting, over patients and over runs."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from nnunet_spine.comparison.reading.collect import Collection
from nnunet_spine.comparison.statistics.bootstrap import means_with_interval
from nnunet_spine.comparison.statistics.measures import measure_of
from nnunet_spine.comparison.statistics.once import once
from nnunet_spine.comparison.statistics.pairing import comparable_cells
from nnunet_spine.comparison.statistics.patients import (
    ALL,
    MEAN,
    SETTING,
    averaged_structures,
    in_order,
    patient_means,
    several_sequences,
)

CELL = ["arm", *SETTING, "structure"]


def summarise(collection: Collection, *measures: str) -> pd.DataFrame:
    """Mean over patients of every arm, setting and structure.

    Args:
        collection: rows of all arms.
        measures: columns, see `MEASURES`.

    Returns:
        measure, arm, condition, level, sequence, structure, mean, sd (with n - 1; NaN for one patient), median,
        ci_low, ci_high (95 %, NaN where there is none), n_patients, n_cases (with a value), n_runs (the most that a
        case has), and of all scores of the cell, one a run and case (and structure, for `MEAN`): n_scores, n_missed,
        n_false_positive, n_absent. A cell without any value is there, with n_patients 0.

    Raises:
        ValueError: if there is no such measure.
    """
    return pd.concat([_summary(collection, measure) for measure in measures], ignore_index=True)


@once
def _summary(collection: Collection, measure: str) -> pd.DataFrame:
    cells = _over_patients(patient_means(collection, measure))
    frame = outcome_counts(collection).merge(cells, on=CELL, how="left").assign(measure=measure_of(measure).column)
    frame = frame.merge(comparable_cells(collection, measure), on=[*SETTING, "structure"], how="left")
    frame["comparable"] = frame["comparable"].eq(True)
    frame[["n_patients", "n_cases", "n_runs"]] = frame[["n_patients", "n_cases", "n_runs"]].fillna(0).astype(int)
    columns = ["measure", *CELL, "mean", "sd", "median", "ci_low", "ci_high", "n_patients", "n_cases", "n_runs"]
    return in_order(frame, collection)[[*columns, *COUNTS, "comparable"]]


COUNTS = ["n_scores", "n_missed", "n_false_positive", "n_absent"]


@once
def outcome_counts(collection: Collection) -> pd.DataFrame:
    """How often a structure was missed, invented, or rightly not found, of n_scores; one a run, case and structure."""
    scores = collection.scores[collection.scores["structure"].isin(collection.structures)]
    several = averaged_structures(collection)
    parts = [scores]
    if len(several) > 1:
        parts.append(scores[scores["structure"].isin(several)].assign(structure=MEAN))
    parts += [several_sequences(part).assign(sequence=ALL) for part in parts]
    every = pd.concat(parts, ignore_index=True)
    for outcome in ("missed", "false_positive", "absent"):
        every[f"n_{outcome}"] = every["outcome"] == outcome
    every["n_scores"] = 1
    return every.groupby(CELL, dropna=False)[COUNTS].sum().reset_index()


def _over_patients(values: pd.DataFrame) -> pd.DataFrame:
    cells = values.groupby(CELL, dropna=False)
    found = cells.agg(
        sd=("value", "std"), median=("value", "median"), n_cases=("n_cases", "sum"), n_runs=("n_runs", "max")
    )
    return found.reset_index().merge(means_with_interval(values, CELL), on=CELL)


def run_means(collection: Collection, measure: str) -> pd.DataFrame:
    """The mean over patients of every single run.

    Returns:
        run, arm, fold, seed, condition, level, sequence, structure, mean, n_patients.
    """
    runs = collection.runs.set_index("run")
    # Runs stand in for arms, so that the same averages are taken.
    single = collection.scores.assign(arm=collection.scores["run"])
    values = patient_means(replace(collection, scores=single), measure).rename(columns={"arm": "run"})
    keys = ["run", *SETTING, "structure"]
    found = values.groupby(keys, dropna=False).agg(mean=("value", "mean"), n_patients=("patient", "nunique"))
    found = found.reset_index()
    for name in ("arm", "fold", "seed"):
        found[name] = found["run"].map(runs[name])
    found = in_order(found, collection)
    return found[["run", "arm", "fold", "seed", *SETTING, "structure", "mean", "n_patients"]]
