"""Whether a raw data set is there, and nnU-Net can find it and its folds."""

from __future__ import annotations

import re
from collections.abc import Sequence

from nnunet_spine.dataset_conversion.manifest import recorded_patients
from nnunet_spine.dataset_conversion.splits import SplitCase, Splits, find_splits, make_splits, read_splits
from nnunet_spine.experiments.checks.known import Known, classes_of
from nnunet_spine.plumbing.datasets import RawCase, RawDataset, find_raw_dataset
from nnunet_spine.plumbing.wording import listed
from nnunet_spine.training.patients import patients_of
from nnunet_spine.training.sequences import split_at_sequence

_FOLDER = re.compile(r"Dataset(\d{3,})_.+")


def known_raw(which: int | str) -> Known:
    """What is known of a raw data set.

    Args:
        which: its id or name in nnUNet_raw, or its folder.

    Raises:
        ValueError: if it is not there or nothing that nnU-Net can train on.
    """
    dataset = find_raw_dataset(which)
    _require_one_of_its_id(dataset)
    training = _cases(dataset, dataset.cases() if dataset.has_training else ())
    return Known(
        labels=classes_of(dataset.labels),
        scheme=None,
        channels=len(dataset.description["channel_names"]),
        ending=dataset.description["file_ending"],
        training=training,
        others=_cases(dataset, dataset.test_cases()),
        splits=_splits(dataset, training),
    )


def _require_one_of_its_id(dataset: RawDataset) -> None:
    match = _FOLDER.fullmatch(dataset.name)
    if match is None:
        raise ValueError(f"{dataset.folder}: expected a folder DatasetXXX_NAME, which nnU-Net finds by its number")
    folder = dataset.folder.resolve()
    same = [other.name for other in folder.parent.glob(f"Dataset{match[1]}_*") if other.is_dir()]
    if len(same) > 1:
        raise ValueError(f"{folder.parent}: nnU-Net refuses two data sets of one id: {', '.join(sorted(same))}")


def _cases(dataset: RawDataset, cases: Sequence[RawCase]) -> tuple[SplitCase, ...]:
    names = [case.name for case in cases]
    recorded, patients = recorded_patients(dataset.folder), patients_of(names, dataset.folder)
    sequences = {name: recorded[name][1] if name in recorded else split_at_sequence(name)[1] or "" for name in names}
    return tuple(SplitCase(name, patients[name], sequences[name]) for name in names)


def _splits(dataset: RawDataset, training: tuple[SplitCase, ...]) -> Splits | None:
    """Folds where nnU-Net has them, else those that came with the data set, else those that will be made."""
    file = find_splits(dataset.folder)
    if file is None:
        return make_splits(training)
    splits = read_splits(file)
    unknown = {name for fold in splits for names in fold.values() for name in names} - {case.name for case in training}
    if unknown:
        raise ValueError(f"{file}: names cases that {dataset.folder} has not: {listed(sorted(unknown))}")
    return splits
