"""A raw data set that the user has."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from nnunet_spine.dataset_conversion.manifest import recorded_patients
from nnunet_spine.dataset_conversion.splits import find_splits
from nnunet_spine.experiments.graph.building import without_none
from nnunet_spine.experiments.graph.data import Data
from nnunet_spine.experiments.graph.listing import digest_of, digest_of_content, digest_of_files
from nnunet_spine.experiments.schema import RawData
from nnunet_spine.plumbing.datasets import RawDataset, find_raw_dataset, read_raw_dataset


def raw(asked: RawData, patients: str) -> Data:
    """The data set as it is; folds are those of the user's nnUNet_preprocessed, else its own, where there are any.

    Args:
        asked: which.
        patients: whose they are, see `whose_patients`.

    Raises:
        ValueError: if it is not there, or nnU-Net could not find it by its folder's name.
    """
    dataset = read_raw_dataset(find_raw_dataset(asked.raw).folder.resolve())
    folder = dataset.folder
    number = folder.name[len("Dataset") :].partition("_")[0]
    if not (folder.name.startswith("Dataset") and number.isdecimal()):
        raise ValueError(f"{folder}: expected a folder DatasetXXX_NAME, which nnU-Net finds by its number")
    splits, recorded = find_splits(folder), recorded_patients(folder)
    settings = without_none(
        {
            "dataset": folder.name,
            "description": digest_of_content(folder / "dataset.json"),
            "files": digest_of_files(folder, _files(dataset)),
            "patients": digest_of(recorded) if recorded else None,
            "splits": None if splits is None else digest_of_content(splits),
        }
    )
    return Data(int(number), folder.name, folder.parent, patients, settings=settings, splits=splits)


def _files(dataset: RawDataset) -> Iterator[Path]:
    """All that anything is made of, of whatever lies there."""
    for case in (*(dataset.cases() if dataset.has_training else ()), *dataset.test_cases()):
        yield from (*case.images, case.label)
