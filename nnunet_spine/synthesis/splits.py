"""Folds for synthetic data: all copies of a patient's cases on one side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from nnunet_spine.dataset_conversion.manifest import recorded_patients
from nnunet_spine.dataset_conversion.splits import SPLITS, SplitCase, Splits, make_splits, read_splits
from nnunet_spine.plumbing.datasets import RawDataset


def splits_of_copies(
    source: RawDataset, preprocessed: Path, copies: Mapping[str, Sequence[str]]
) -> tuple[Splits | None, str]:
    """Folds of the copies: those of the source if it has any, else by the patients that the converter recorded.

    A source of neither kind is split by case, which knows nothing of patients.

    Args:
        source: the data set that was copied.
        preprocessed: the folder of nnUNet_preprocessed, where nnU-Net has the splits.
        copies: names of the synthetic images of every case.

    Returns:
        The content of splits_final.json, None where there is nothing to split; and what it is by, in words.

    Raises:
        ValueError: for splits or a record that cannot be read.
    """
    for folder in (preprocessed / source.name, source.folder):
        if (folder / SPLITS).is_file():
            return _with_copies(read_splits(folder / SPLITS), copies), f"as {folder / SPLITS}"
    patients = recorded_patients(source.folder)
    cases = [SplitCase(copy, *patients.get(case, (case, ""))) for case, names in copies.items() for copy in names]
    return make_splits(cases), "by patient" if patients else "by case: who the patients are is not recorded"


def _with_copies(splits: Splits, copies: Mapping[str, Sequence[str]]) -> Splits:
    return [
        {side: [copy for case in cases for copy in copies.get(case, ())] for side, cases in fold.items()}
        for fold in splits
    ]
