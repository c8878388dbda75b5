"""A tiny raw data set: three cases of two patients in two orientations, with an ignore label."""

from __future__ import annotations

import json
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from nnunet_spine.plumbing.datasets import RawDataset, read_raw_dataset

LABELS = {"background": 0, "vertebrae": 1, "canal": 2, "discs": 3, "ignore": 4}
SHAPE, SPACING_MM = (5, 32, 40), (4.0, 1.0, 1.2)
"""Size and spacing in RAS order."""


def anatomy(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Image and labels in RAS order: vertebrae and discs before a canal, an ignored part at the top."""
    rng = np.random.default_rng(seed)
    labels = np.zeros(SHAPE, np.uint8)
    labels[1:4, 6:10, 2:38] = 2
    for bottom in (4, 16, 28):
        labels[1:4, 13:25, bottom : bottom + 3] = 3
        labels[1:4, 13:25, bottom + 3 : bottom + 11] = 1
    labels[1:4, 13:25, 36:39] = 4
    image = 100 * labels + rng.integers(1, 80, SHAPE)
    return image.astype(np.int16), labels


def save(path: Path, array: np.ndarray, codes: str) -> None:
    """Write an array in RAS order with its axes in another order, oblique and off centre."""
    affine = np.diag([*SPACING_MM, 1.0])
    affine[:3, 3] = (-8, 20, -30)
    affine[0, 1], affine[1, 0] = -0.05, 0.2
    image = nib.Nifti1Image(array, affine)
    turn = nib.orientations.ornt_transform(nib.orientations.axcodes2ornt("RAS"), nib.orientations.axcodes2ornt(codes))
    path.parent.mkdir(parents=True, exist_ok=True)
    nib.save(image.as_reoriented(turn), path)


def write_dataset(folder: Path, cases: tuple[str, ...] = ("1_t1", "1_t2", "2_t1"), **changes: object) -> RawDataset:
    """Write a raw data set; every second case is stored in another orientation."""
    for number, case in enumerate(cases):
        image, labels = anatomy(seed=number)
        codes = ("LPI", "PIR")[number % 2]
        save(folder / "imagesTr" / f"{case}_0000.nii.gz", image, codes)
        save(folder / "labelsTr" / f"{case}.nii.gz", labels, codes)
    description = {
        "channel_names": {"0": "MRI"},
        "labels": LABELS,
        "numTraining": len(cases),
        "file_ending": ".nii.gz",
        "licence": "CC0",
        **changes,
    }
    (folder / "dataset.json").write_text(json.dumps(description))
    return read_raw_dataset(folder)


@pytest.fixture
def nnunet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """nnU-Net's folders; the parent of them."""
    for name in ("raw", "preprocessed", "results"):
        monkeypatch.setenv(f"nnUNet_{name}", str(tmp_path / name))
    return tmp_path


@pytest.fixture
def source(nnunet: Path) -> RawDataset:
    """The data set, in nnUNet_raw."""
    return write_dataset(nnunet / "raw" / "Dataset501_Blocks")
