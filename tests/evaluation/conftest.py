"""Folders of references, predictions and images of tiny cases."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import nibabel
import numpy as np
import pytest

from nnunet_spine.evaluation.arm import ArmOptions
from nnunet_spine.evaluation.evaluate import EvaluationOptions, evaluate
from nnunet_spine.evaluation.results import Results
from nnunet_spine.evaluation.survey import Folders

SHAPE, SPACING_MM = (4, 20, 30), (4.0, 1.0, 1.0)
LABELS = {"background": 0, "vertebrae": 1, "canal": 2, "discs": 3}


def label_map(shift: int = 0) -> np.ndarray:
    """A canal before which a vertebra and a disc lie; everything is moved to the head by some voxels."""
    array = np.zeros(SHAPE, np.uint8)
    array[:, 2:6, 2 + shift : 24 + shift] = 2
    array[:, 8:18, 2 + shift : 12 + shift] = 1
    array[:, 8:18, 13 + shift : 17 + shift] = 3
    return array


def save(path: Path, data: np.ndarray, affine: np.ndarray | None = None) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    nibabel.save(nibabel.Nifti1Image(data, np.diag([*SPACING_MM, 1.0]) if affine is None else affine), path)


class Study:
    """Folders under construction: `reference` of a raw data set, `prediction`, `images`."""

    def __init__(self, root: Path, labels: Mapping[str, object] = LABELS) -> None:
        self.root = root
        self.reference, self.prediction, self.images = root / "raw/labelsTr", root / "predicted", root / "inputs"
        for folder in (self.reference, self.prediction, self.images):
            folder.mkdir(parents=True)
        self.output = root / "results.jsonl"
        self.describe(self.prediction, labels)

    def describe(self, folder: Path, labels: Mapping[str, object], ending: str = ".nii.gz") -> None:
        content = {"channel_names": {"0": "MRI"}, "labels": labels, "numTraining": 1, "file_ending": ending}
        (folder / "dataset.json").write_text(json.dumps(content))

    def add(self, case: str, prediction: np.ndarray | None = None, reference: np.ndarray | None = None) -> None:
        """Write a case, of which the prediction is by default one voxel too high."""
        reference = label_map() if reference is None else reference
        noise = np.random.default_rng(0).normal(0, 5, reference.shape)
        save(self.reference / f"{case}.nii.gz", reference)
        save(self.prediction / f"{case}.nii.gz", label_map(1) if prediction is None else prediction)
        save(self.images / f"{case}_0000.nii.gz", (100 + 50.0 * reference + noise).astype(np.float32))

    def evaluate(self, said: ArmOptions | None = None, images: bool = False, **options: object) -> Results:
        folders = Folders(self.reference, self.prediction, self.images if images else None)
        return evaluate(folders, self.output, said, EvaluationOptions(**options))


@pytest.fixture
def study(tmp_path: Path) -> Study:
    """Two patients, one with two sequences."""
    study = Study(tmp_path / "study")
    for case in ("1_t1", "1_t2", "10_t1"):
        study.add(case)
    return study
