"""A small data set, planned and preprocessed by nnU-Net itself, and trainers on it."""

from __future__ import annotations

import copy
import json
import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import nibabel
import numpy as np
import pytest
import torch

from nnunet_spine.labels import SCHEMES
from nnunet_spine.trainers import resolve

DATASET = "Dataset007_Blocks"
SHAPE = (8, 40, 48)
"""Voxels along right, anterior and superior."""


def blocks(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Image and labels (R, A, S): a column of two vertebrae and their discs before a canal, a seventh level above."""
    rng = np.random.default_rng(seed)
    labels = np.zeros(SHAPE, np.uint8)
    labels[2:6, 8:14] = 13
    for level in range(2):
        labels[2:6, 16:28, 16 * level : 16 * level + 4] = 7 + level
        labels[2:6, 16:28, 16 * level + 4 : 16 * level + 16] = 1 + level
    labels[2:6, 16:28, 36:] = SCHEMES["14class"].ignore_value
    image = 200 + 30.0 * labels + rng.normal(0, 20, SHAPE)
    image[:, -4:] = 0
    return np.clip(image, 0, None).astype(np.int16), labels


def command(line: str) -> None:
    """Run one of nnU-Net's commands of this environment; its output is shown if it fails."""
    name, *args = shlex.split(line)
    program = str(Path(sys.executable).parent / name)
    variables = {
        **os.environ,
        "nnUNet_n_proc_DA": "1",
    }  # planning fails with the 0 that is right for training in-process
    result = subprocess.run([program, *args], capture_output=True, text=True, env=variables)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.fixture(scope="session")
def nnunet_folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with nnU-Net's three, the data set planned and preprocessed in them."""
    root = tmp_path_factory.mktemp("nnunet")
    os.environ.update({name: str(root / name) for name in ("nnUNet_raw", "nnUNet_preprocessed", "nnUNet_results")})
    raw = root / "nnUNet_raw" / DATASET
    for folder in ("imagesTr", "labelsTr"):
        (raw / folder).mkdir(parents=True)
    affine = np.diag([4.0, 1.0, 1.0, 1.0])
    for case in range(5):
        image, labels = blocks(case)
        nibabel.save(nibabel.Nifti1Image(image, affine), raw / "imagesTr" / f"case{case}_0000.nii.gz")
        nibabel.save(nibabel.Nifti1Image(labels, affine), raw / "labelsTr" / f"case{case}.nii.gz")
    dataset = {
        "channel_names": {"0": "MRI"},
        "labels": SCHEMES["14class"].dataset_labels("ignore"),
        "numTraining": 5,
        "file_ending": ".nii.gz",
        "overwrite_image_reader_writer": "NibabelIOWithReorient",
    }
    (raw / "dataset.json").write_text(json.dumps(dataset))
    command("nnUNetv2_plan_and_preprocess -d 7 -c 2d 3d_fullres -np 1 1 -npfp 1 -gpu_memory_target 1")
    return root


MakeTrainer = Callable[..., object]


@pytest.fixture
def make_trainer(nnunet_folders: Path) -> MakeTrainer:
    """Makes a trainer by name on the small data set; `labels` and more replace entries of its dataset.json."""
    folder = nnunet_folders / "nnUNet_preprocessed" / DATASET
    plans = json.loads((folder / "nnUNetPlans.json").read_text())
    dataset = json.loads((folder / "dataset.json").read_text())

    def make(name: str, configuration: str = "2d", plan_changes: dict | None = None, **changes: object) -> object:
        changed = copy.deepcopy(plans) | {"continue_training": False}
        changed["configurations"][configuration].update(plan_changes or {})
        return resolve(name)(changed, configuration, 0, {**dataset, **changes}, torch.device("cpu"))

    return make
