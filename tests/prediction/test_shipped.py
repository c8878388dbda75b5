"""The installed model on images of a phantom, which is nothing that it was trained on."""

from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
import SimpleITK

from nnunet_spine.cli import main

VERTEBRAE, CANAL, DISCS = 1, 2, 3


def structures(mask: Path) -> np.ndarray:
    """Labels of SPIDER's masks as those of four classes, (x, y, z)."""
    values = SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(mask)).T
    levels, discs = (values > 0) & (values < 100), values > 200
    return levels * VERTEBRAE + (values == 100) * CANAL + discs * DISCS


def dice(found: np.ndarray, wanted: np.ndarray) -> float:
    return 2 * (found & wanted).sum() / (found.sum() + wanted.sum())


@pytest.mark.parametrize("sequence", ["t1", "t2"])
def test_the_installed_model_finds_the_spine_of_a_phantom_in_any_contrast(sequence: str, tmp_path: Path):
    phantom = tmp_path / "phantom"
    made = ["phantom", phantom, "--patients", 1, "--sequences", sequence, "--seed", 1]
    assert main([str(word) for word in made]) == 0
    (image,) = (phantom / "images").iterdir()
    asked = ["predict", image, "--output", tmp_path / "found", "--device", "cpu"]
    assert main([str(word) for word in asked]) == 0
    found = np.asarray(nib.load(tmp_path / "found" / f"{image.stem}.nii.gz").dataobj)
    wanted = structures(phantom / "masks" / image.name)
    for structure in (VERTEBRAE, CANAL, DISCS):
        assert dice(found == structure, wanted == structure) > 0.6
