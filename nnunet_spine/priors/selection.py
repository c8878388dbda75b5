"""Which training cases are fitted: all, some by name, or the training part of a fold."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

from nnunet_spine.dataset_conversion.splits import SPLITS
from nnunet_spine.plumbing.datasets import RawCase, RawDataset

_VARIABLE = "nnUNet_preprocessed"


def choose_cases(dataset: RawDataset, names: Sequence[str] | None, fold: int | None) -> tuple[RawCase, ...]:
    """The cases to fit.

    Args:
        dataset: the data set.
        names: names of cases, or None.
        fold: number of a fold, whose validation cases are left out, or None.

    Raises:
        ValueError: for an unknown case, a fold that there is not, or a choice of both.
    """
    if names is not None and fold is not None:
        raise ValueError("cases: expected names or a fold, got both")
    if fold is not None:
        names = _training_part(dataset, fold)
    return dataset.cases() if names is None else dataset.choose(names)


def preprocessed_folder(dataset: RawDataset) -> Path | None:
    """Where nnU-Net keeps what it derives from the data set; None if its variable is not set."""
    root = os.environ.get(_VARIABLE)
    return Path(root) / dataset.name if root else None


def _training_part(dataset: RawDataset, fold: int) -> list[str]:
    folders = [folder for folder in (preprocessed_folder(dataset), dataset.folder) if folder is not None]
    file = next((folder / SPLITS for folder in folders if (folder / SPLITS).is_file()), None)
    if file is None:
        raise ValueError(f"fold {fold}: no {SPLITS} in {' or '.join(map(str, folders))}; nnU-Net makes one in training")
    try:
        splits = [list(entry["train"]) for entry in json.loads(file.read_text(encoding="utf-8"))]
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{file}: expected a list of folds with the cases of train and val") from error
    if not 0 <= fold < len(splits):
        raise ValueError(f"{file}: expected a fold from 0 to {len(splits) - 1}, got {fold}")
    return splits[fold]
