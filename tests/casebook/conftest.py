"""A case on disk: image, reference and two predictions."""

from __future__ import annotations

from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from nnunet_spine.casebook import CaseFiles, SourceFile
from nnunet_spine.dataset_conversion.provenance import fingerprint

LABELS = {"background": 0, "vertebrae": 1, "canal": 2, "ignore": 3}
SHAPE, SPACING_MM = (5, 20, 24), (4.0, 0.5, 0.5)


def volume() -> np.ndarray:
    labels = np.zeros(SHAPE, np.uint8)
    labels[1:4, 10:16, 4:20] = 1
    labels[1:4, 4:8, 2:22] = 2
    return labels


def write(path: Path, array: np.ndarray) -> SourceFile:
    """Write an array in RAS order into a file of another orientation."""
    affine = np.diag([-SPACING_MM[0], SPACING_MM[1], SPACING_MM[2], 1])
    nib.save(nib.Nifti1Image(array[::-1], affine), path)
    return SourceFile(path, fingerprint(path))


@pytest.fixture
def files(tmp_path: Path) -> CaseFiles:
    """The prediction by A lacks the canal in the fourth slice, that by B is right."""
    reference, wrong = volume(), volume()
    wrong[3][wrong[3] == 2] = 0
    return CaseFiles(
        reference=write(tmp_path / "reference.nii.gz", reference),
        predictions={"A": write(tmp_path / "a.nii.gz", wrong), "B": write(tmp_path / "b.nii.gz", reference)},
        image=write(tmp_path / "image.nii.gz", (reference * 50 + 7).astype(np.int16)),
        labels=LABELS,
        structure="canal",
        shape=SHAPE,
        spacing_mm=SPACING_MM,
    )
