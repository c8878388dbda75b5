"""Tiny raw data sets whose tissues have known intensities."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import nibabel
import numpy as np
import pytest

SHAPE, SPACING_MM = (4, 40, 60), (4.0, 1.0, 1.0)
LABELS = {"background": 0, "vertebrae": 1, "canal": 2, "discs": 3}
LOW, HIGH = 10.0, 1010.0
"""What becomes 0 and 1: more than a half percent of every image above its floor have each of these values."""

BOXES = {1: np.s_[:, 4:18, 4:56], 2: np.s_[:, 20:28, 4:56], 3: np.s_[:, 30:37, 4:56]}


class Dataset:
    """A raw data set under construction."""

    def __init__(self, folder: Path, channels: Sequence[str] = ("MRI",), labels: Mapping[str, object] = LABELS) -> None:
        self.folder = folder
        for name in ("imagesTr", "labelsTr"):
            (folder / name).mkdir(parents=True)
        description = {
            "channel_names": {str(k): name for k, name in enumerate(channels)},
            "labels": labels,
            "numTraining": 1,
            "file_ending": ".nii.gz",
        }
        (folder / "dataset.json").write_text(json.dumps(description))

    def add(
        self,
        case: str,
        means: Mapping[int, float] | None = None,
        stds: Mapping[int, float] | None = None,
        *,
        labels: np.ndarray | None = None,
        images: Sequence[np.ndarray] | None = None,
    ) -> None:
        """Write a case; means and deviations are those of label values, on the scale of the fit."""
        labels = label_map() if labels is None else labels
        for k, image in enumerate(images or [image_of(labels, means or {}, stds or {}, seed=len(case))]):
            save(self.folder / f"imagesTr/{case}_{k:04d}.nii.gz", image)
        save(self.folder / f"labelsTr/{case}.nii.gz", labels)


def label_map() -> np.ndarray:
    """Three bars in tissue without label."""
    labels = np.zeros(SHAPE, np.uint8)
    for value, box in BOXES.items():
        labels[box] = value
    return labels


def image_of(labels: np.ndarray, means: Mapping[int, float], stds: Mapping[int, float], seed: int = 0) -> np.ndarray:
    """An image with these means and deviations on the scale of the fit, of which `LOW` is 0 and `HIGH` is 1."""
    noise = np.random.default_rng(seed).standard_normal(labels.shape)
    image = np.full(labels.shape, 0.3) + 0.02 * noise
    for value, mean in means.items():
        # Exactly this mean and deviation, whatever the noise.
        drawn = noise[labels == value]
        image[labels == value] = mean + stds.get(value, 0.05) * (drawn - drawn.mean()) / drawn.std()
    image = LOW + (HIGH - LOW) * image.clip(0.001, 0.999)
    image[:, 0], image[0, 1], image[0, -1] = 0, LOW, HIGH
    return image.astype(np.float32)


def save(path: Path, data: np.ndarray, spacing_mm: Sequence[float] = SPACING_MM) -> None:
    nibabel.save(nibabel.Nifti1Image(data, np.diag([*spacing_mm, 1.0])), path)


@pytest.fixture
def dataset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Dataset:
    """An empty data set, number 7, and nnU-Net's variables."""
    for variable in ("nnUNet_raw", "nnUNet_preprocessed", "nnUNet_results"):
        (tmp_path / variable).mkdir()
        monkeypatch.setenv(variable, str(tmp_path / variable))
    return Dataset(tmp_path / "nnUNet_raw" / "Dataset007_Tiny")
