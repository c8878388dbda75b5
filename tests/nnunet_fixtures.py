"""A small data set, converted from SPIDER's files, planned and preprocessed by nnU-Net itself, and trainers on it.

The fixtures are registered in conftest.py, so that all folders of tests share one data set; what is slow to import is
imported where it is needed, for the tests that need none.
"""

from __future__ import annotations

import copy
import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from nnunet_spine.labels import CANAL_VALUE, DISC_OFFSET

DATASET = "Dataset007_Blocks"
SHAPE = (8, 40, 48)
SPACING_MM = (4.0, 1.0, 1.0)
"""Along right, anterior and superior."""

CONVENTIONS = (("LPS", -1000), ("PIR", 0))
"""The two ways in which SPIDER stores an image: orientation and floor."""


def blocks(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Image and SPIDER's mask (R, A, S): two vertebrae and their discs before a canal, a seventh level above."""
    rng = np.random.default_rng(seed)
    mask = np.zeros(SHAPE, np.uint8)
    mask[2:6, 8:14] = CANAL_VALUE
    for level in range(2):
        mask[2:6, 16:28, 16 * level : 16 * level + 4] = DISC_OFFSET + 1 + level
        mask[2:6, 16:28, 16 * level + 4 : 16 * level + 16] = 1 + level
    mask[2:6, 16:28, 36:] = 7
    image = 200 + 2.0 * mask + rng.normal(0, 20, SHAPE)
    image[:, -4:] = 0
    return np.clip(image, 0, None).astype(np.int16), mask


def save(path: Path, array: np.ndarray, codes: str) -> None:
    """Write an array (R, A, S) as .mha with its axes in another order."""
    import SimpleITK as sitk  # noqa: N813

    volume = sitk.GetImageFromArray(array.transpose())
    volume.SetSpacing(SPACING_MM)
    volume.SetDirection((-1, 0, 0, 0, -1, 0, 0, 0, 1))
    path.parent.mkdir(parents=True, exist_ok=True)
    sitk.WriteImage(sitk.DICOMOrient(volume, codes), str(path), True)


def write_spider(root: Path, patients: int) -> None:
    """Write T1 of training patients in SPIDER's layout, in both of its conventions."""
    cases = [f"{number}_t1" for number in range(1, patients + 1)]
    for seed, case in enumerate(cases):
        (image, mask), (codes, floor) = blocks(seed), CONVENTIONS[seed % 2]
        save(root / "images" / f"{case}.mha", image + floor, codes)
        save(root / "masks" / f"{case}.mha", mask, codes)
    rows = [f"{case},training" for case in cases]
    (root / "overview.csv").write_text("\n".join(["new_file_name,subset", *rows]))


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
    """Folder with nnU-Net's three, the converted data set planned and preprocessed in them."""
    from nnunet_spine.dataset_conversion import convert_spider

    root = tmp_path_factory.mktemp("nnunet")
    os.environ.update({name: str(root / name) for name in ("nnUNet_raw", "nnUNet_preprocessed", "nnUNet_results")})
    write_spider(root / "spider", patients=5)
    convert_spider(root / "spider", 7, "14class", name="Blocks")
    command(
        "nnUNetv2_plan_and_preprocess -d 7 -c 2d 3d_fullres -np 1 1 -npfp 1 -gpu_memory_target 1 "
        "--verify_dataset_integrity"
    )
    return root


UNTRAINED = "nnUNetTrainerReportUNet"


@pytest.fixture(scope="session")
def untrained_fold(nnunet_folders: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a fold of a model whose weights are as they began; not among nnU-Net's results."""
    import torch

    from nnunet_spine.trainers import resolve

    preprocessed = nnunet_folders / "nnUNet_preprocessed" / DATASET
    plans, description = (
        json.loads((preprocessed / f"{name}.json").read_text()) for name in ("nnUNetPlans", "dataset")
    )
    torch.manual_seed(0)
    trainer = resolve(UNTRAINED)({**plans, "continue_training": False}, "2d", 0, description, torch.device("cpu"))
    folder = tmp_path_factory.mktemp("model") / DATASET / f"{UNTRAINED}__nnUNetPlans__2d" / "fold_0"
    folder.mkdir(parents=True)
    trainer.initialize()
    trainer.inference_allowed_mirroring_axes = (0, 1)  # as the start of a training sets them
    trainer.current_epoch = 0
    trainer.save_checkpoint(str(folder / "checkpoint_final.pth"))
    shutil.copy(preprocessed / "nnUNetPlans.json", folder.parent / "plans.json")
    shutil.copy(preprocessed / "dataset.json", folder.parent)
    return folder


MakeTrainer = Callable[..., object]


@pytest.fixture
def make_trainer(nnunet_folders: Path) -> MakeTrainer:
    """Makes a trainer by name on the small data set; `labels` and more replace entries of its dataset.json."""
    import torch

    from nnunet_spine.trainers import resolve

    folder = nnunet_folders / "nnUNet_preprocessed" / DATASET
    plans = json.loads((folder / "nnUNetPlans.json").read_text())
    dataset = json.loads((folder / "dataset.json").read_text())

    def make(name: str, configuration: str = "2d", plan_changes: dict | None = None, **changes: object) -> object:
        changed = copy.deepcopy(plans) | {"continue_training": False}
        changed["configurations"][configuration].update(plan_changes or {})
        return resolve(name)(changed, configuration, 0, {**dataset, **changes}, torch.device("cpu"))

    return make
