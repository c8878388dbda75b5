"""Which training cases are fitted: all, some by name, or the training part of a fold; of all patients or the first."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from nnunet_spine.dataset_conversion.splits import SPLITS, find_splits, fold_of, places_of_splits, read_splits
from nnunet_spine.plumbing.datasets import RawCase, RawDataset
from nnunet_spine.training.patients import first_patients, patients_of

_VARIABLE = "nnUNet_preprocessed"


def choose_cases(
    dataset: RawDataset, names: Sequence[str] | None, fold: int | None, patients: int | None = None
) -> tuple[RawCase, ...]:
    """The cases to fit.

    Args:
        dataset: the data set.
        names: names of cases, or None.
        fold: number of a fold, whose validation cases are left out, or None.
        patients: how many of the fold's training patients, or without a fold of all, or None; those first that a
            trainer `..._5patients` takes first.

    Raises:
        ValueError: for an unknown case, a fold that there is not, more patients than there are, or names and a choice
            of others.
    """
    if names is not None and (fold is not None or patients is not None):
        raise ValueError("cases: expected names, or a fold and patients, got both")
    if fold is not None:
        names = _training_part(dataset, fold)
    cases = dataset.cases() if names is None else dataset.choose(names)
    return cases if patients is None else _of_first(cases, patients, dataset.folder)


def preprocessed_folder(dataset: RawDataset) -> Path | None:
    """Where nnU-Net keeps what it derives from the data set; None if its variable is not set."""
    root = os.environ.get(_VARIABLE)
    return Path(root) / dataset.name if root else None


def _training_part(dataset: RawDataset, fold: int) -> list[str]:
    file = find_splits(dataset.folder)
    if file is None:
        folders = " or ".join(str(place.parent) for place in places_of_splits(dataset.folder))
        raise ValueError(f"fold {fold}: no {SPLITS} in {folders}; nnU-Net makes one in training")
    return fold_of(read_splits(file), fold, file)["train"]


def _of_first(cases: Sequence[RawCase], number: int, raw: Path) -> tuple[RawCase, ...]:
    patients = patients_of([case.name for case in cases], raw)
    chosen = first_patients(patients.values(), number)
    return tuple(case for case in cases if patients[case.name] in chosen)
