"""A model as nnU-Net leaves it, untrained, and images of two domains that differ in contrast."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
import torch

TRAINER = "nnUNetTrainerRealSpineReportUNet"
LABELS = {"background": 0, "vertebrae": 1, "canal": 2, "discs": 3}
PATCH = {"2d": [32, 48], "3d_fullres": [16, 32, 32]}
SHAPE = (3, 40, 48)
PATIENTS = 5


def plans(configuration: str) -> dict:
    """What nnU-Net plans for images of 1 mm."""
    dim = len(PATCH[configuration])
    resampling = {"is_seg": False, "order": 1, "order_z": 0, "force_separate_z": None}
    names = ("data", "seg", "probabilities")
    return {
        "dataset_name": "Dataset009_Blocks",
        "plans_name": "nnUNetPlans",
        "image_reader_writer": "NibabelIOWithReorient",
        "transpose_forward": [2, 0, 1],
        "transpose_backward": [1, 2, 0],
        "label_manager": "LabelManager",
        "foreground_intensity_properties_per_channel": {"0": {"mean": 0.0, "std": 1.0}},
        "configurations": {
            configuration: {
                "data_identifier": configuration,
                "preprocessor_name": "DefaultPreprocessor",
                "batch_size": 2,
                "patch_size": PATCH[configuration],
                "spacing": [1.0] * dim,
                "normalization_schemes": ["ZScoreNormalization"],
                "use_mask_for_norm": [False],
                "batch_dice": True,
                **{f"resampling_fn_{name}": "resample_data_or_seg_to_shape" for name in names},
                **{f"resampling_fn_{name}_kwargs": resampling | {"is_seg": name == "seg"} for name in names},
                "architecture": {
                    "network_class_name": "dynamic_network_architectures.architectures.unet.PlainConvUNet",
                    "arch_kwargs": {
                        "n_stages": 3,
                        "strides": [[1] * dim, [2] * dim, [2] * dim],
                        "kernel_sizes": [[3] * dim] * 3,
                        "conv_op": f"torch.nn.modules.conv.Conv{dim}d",
                    },
                    "_kw_requires_import": ["conv_op"],
                },
            }
        },
    }


@pytest.fixture(scope="session")
def make_model(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Makes the folder of a fold of a model with random weights."""

    def make(configuration: str) -> Path:
        from nnunetv2.utilities.plans_handling.plans_handler import PlansManager

        from nnunet_spine.trainers import resolve

        model = tmp_path_factory.mktemp("model") / f"{TRAINER}__nnUNetPlans__{configuration}"
        (model / "fold_0").mkdir(parents=True)
        content = plans(configuration)
        description = {"channel_names": {"0": "MRI"}, "labels": LABELS, "file_ending": ".nii.gz"}
        (model / "plans.json").write_text(json.dumps(content))
        (model / "dataset.json").write_text(json.dumps(description))
        torch.manual_seed(0)
        manager = PlansManager(content)
        planned = manager.get_configuration(configuration)
        network = resolve(TRAINER).build_network_architecture(manager, planned, 1, len(LABELS), False)
        checkpoint = {
            "network_weights": network.state_dict(),
            "trainer_name": TRAINER,
            "init_args": {"configuration": configuration},
            "inference_allowed_mirroring_axes": None,
        }
        torch.save(checkpoint, model / "fold_0" / "checkpoint_final.pth")
        return model / "fold_0"

    return make


@pytest.fixture(scope="session")
def model(make_model: Callable[[str], Path]) -> Path:
    """That of a 2D model."""
    return make_model("2d")


def save(path: Path, array: np.ndarray) -> None:
    """Write an array (R, A, S) of 1 mm."""
    path.parent.mkdir(parents=True, exist_ok=True)
    nib.save(nib.Nifti1Image(array, np.eye(4)), path)


@pytest.fixture(scope="session")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with images of T1 and T2 of the same patients in one folder, and their label maps in another."""
    folder = tmp_path_factory.mktemp("images")
    labels = np.zeros(SHAPE, np.uint8)
    labels[:, 8:16, 6:40], labels[:, 20:34, 6:20], labels[:, 20:34, 20:26] = 2, 1, 3
    for patient in range(PATIENTS):
        rng = np.random.default_rng(patient)
        for sequence, canal in (("t1", 100), ("t2", 900)):
            image = 300.0 + 200 * (labels == 1) + (canal - 300) * (labels == 2) + rng.normal(0, 30, SHAPE)
            save(folder / "scans" / f"{patient}_{sequence}_0000.nii.gz", image.clip(1).astype(np.float32))
            save(folder / "labels" / f"{patient}_{sequence}.nii.gz", labels)
    return folder
