"""A raw data set that the user has."""

from __future__ import annotations

import os
from pathlib import Path

from nnunet_spine.dataset_conversion.manifest import MANIFEST
from nnunet_spine.dataset_conversion.splits import SPLITS
from nnunet_spine.experiments.graph.data import Data
from nnunet_spine.experiments.graph.listing import digest_of_content, digest_of_files
from nnunet_spine.experiments.schema import RawData
from nnunet_spine.plumbing.datasets import find_raw_dataset

_PREPROCESSED = "nnUNet_preprocessed"
_FILES = ("dataset.json", MANIFEST, SPLITS, "imagesTr", "labelsTr", "imagesTs", "labelsTs")


def raw(asked: RawData, patients: str) -> Data:
    """The data set as it is; folds are those of the user's nnUNet_preprocessed, where there are any.

    Args:
        asked: which.
        patients: whose they are, see `whose_patients`.

    Raises:
        ValueError: if it is not there, or nnU-Net could not find it by its folder's name.
    """
    folder = find_raw_dataset(asked.raw).folder.resolve()
    number = folder.name[len("Dataset") :].partition("_")[0]
    if not (folder.name.startswith("Dataset") and number.isdecimal()):
        raise ValueError(f"{folder}: expected a folder DatasetXXX_NAME, which nnU-Net finds by its number")
    splits = _splits(folder.name)
    settings = {"dataset": folder.name, "files": digest_of_files(folder, _FILES)}
    if splits is not None:
        settings["splits"] = digest_of_content(splits)
    return Data(int(number), folder.name, folder.parent, patients, settings=settings, splits=splits)


def _splits(name: str) -> Path | None:
    preprocessed = os.environ.get(_PREPROCESSED)
    file = Path(preprocessed, name, SPLITS) if preprocessed else None
    return file if file is not None and file.is_file() else None
