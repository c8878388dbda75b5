"""How much of what there is went into an answer: patients, images, trainings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from nnunet_spine.comparison.reading.collect import Collection
from nnunet_spine.comparison.statistics.pairing import of_shared_cases
from nnunet_spine.comparison.statistics.patients import ALL, case_values
from nnunet_spine.comparison.statistics.setting import at_setting


@dataclass(frozen=True)
class Coverage:
    """What is compared in a setting, of what any arm has there.

    Attributes:
        n_patients: that all arms have.
        n_all_patients: that any arm has.
        n_images: that all arms have.
        n_all_images: that any arm has.
        lacking: patients of every arm that has fewer than there are.
        incomplete_runs: runs that left out references without a prediction on demand, of every arm that has such.
        trained_once: arms with an image here that only one training predicted.
    """

    n_patients: int
    n_all_patients: int
    n_images: int
    n_all_images: int
    lacking: Mapping[str, int]
    incomplete_runs: Mapping[str, int]
    trained_once: tuple[str, ...]


def coverage(collection: Collection, measure: str, setting: tuple[str, float, str]) -> Coverage:
    """What all arms have of the images of a setting (condition, level, sequence)."""
    every = _there(case_values(collection, measure), setting)
    shared = _there(case_values(of_shared_cases(collection, measure), measure), setting)
    patients = every.groupby("arm")["patient"].nunique().reindex(collection.arms, fill_value=0)
    n_all = every["patient"].nunique()
    runs = collection.runs.assign(sequence=setting[2])
    incomplete = runs[at_setting(runs, *setting) & (runs["left_out"] > 0)]["arm"].value_counts()
    fewest = every.groupby("arm")["n_runs"].min()
    return Coverage(
        shared["patient"].nunique(),
        n_all,
        shared["case"].nunique(),
        every["case"].nunique(),
        {arm: int(n) for arm, n in patients.items() if n < n_all},
        {arm: int(incomplete[arm]) for arm in collection.arms if arm in incomplete},
        tuple(arm for arm in collection.arms if fewest.get(arm, 0) < 2),
    )


def _there(values: pd.DataFrame, setting: tuple[str, float, str]) -> pd.DataFrame:
    if setting[2] == ALL:
        values = values.assign(sequence=ALL)
    return values[at_setting(values, *setting)]
