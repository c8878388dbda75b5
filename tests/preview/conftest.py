"""One case of a raw data set: a spine of two vertebrae in two numbered levels, sagittal slices."""

from __future__ import annotations

import json
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from nnunet_spine.dataset_conversion.labelled import LabelledVolume, read_labelled
from nnunet_spine.plumbing.datasets import RawDataset, read_raw_dataset

LABELS = {"background": 0, "vertebra_L5": 1, "vertebra_L4": 2, "disc_L4_L5": 3, "canal": 4, "ignore": 5}
TISSUES = (0, 1, 1, 3, 2, 0)
SHAPE, SPACING_MM = (5, 40, 48), (4.0, 1.5, 1.5)


def write_case(folder: Path, case: str, labels: np.ndarray) -> None:
    """Write a case in RAS order whose image follows its labels."""
    image = 100 * labels + np.random.default_rng(1).integers(0, 60, labels.shape) + np.arange(labels.shape[1])[:, None]
    for path, array in ((f"imagesTr/{case}_0000", image.astype(np.int16)), (f"labelsTr/{case}", labels)):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        nib.save(nib.Nifti1Image(array, np.diag([*SPACING_MM, 1.0])), folder / f"{path}.nii.gz")


def spine() -> np.ndarray:
    """Labels in RAS order, empty in the outer slices."""
    labels = np.zeros(SHAPE, np.uint8)
    labels[1:4, 8:13, 2:46] = 4
    labels[1:4, 16:32, 4:20] = 1
    labels[1:4, 16:32, 20:25] = 3
    labels[1:4, 16:32, 25:41] = 2
    labels[1:4, 16:32, 43:47] = 5
    return labels


@pytest.fixture
def dataset(tmp_path: Path) -> RawDataset:
    """Two cases of it."""
    folder = tmp_path / "Dataset501_Two"
    for case in ("1_t1", "2_t1"):
        write_case(folder, case, spine())
    description = {"channel_names": {"0": "MRI"}, "labels": LABELS, "file_ending": ".nii.gz"}
    (folder / "dataset.json").write_text(json.dumps(description))
    return read_raw_dataset(folder)


@pytest.fixture
def volume(dataset: RawDataset) -> LabelledVolume:
    """The first case."""
    return read_labelled(dataset.cases()[0], dataset.labels)
