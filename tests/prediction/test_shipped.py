"""The installed model on images of a phantom, which is nothing that it was trained on."""

from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
import SimpleITK

from nnunet_spine.cli import main
from nnunet_spine.labels import scheme_of

FOUR = scheme_of("4class")


def classes(mask: Path) -> np.ndarray:
    """SPIDER's values as those of four classes, (x, y, z)."""
    return FOUR.lookup()[SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(mask)).T]


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
    wanted = classes(phantom / "masks" / image.name)
    for label in FOUR.labels:
        assert dice(found == label.value, wanted == label.value) > 0.6, label.name
