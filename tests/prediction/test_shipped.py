"""The installed models on images of a phantom, which is nothing that they were trained on."""

from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
import SimpleITK

from nnunet_spine import models
from nnunet_spine.cli import main
from nnunet_spine.labels import scheme_of

FOUR = scheme_of("4class")


def classes(mask: Path) -> np.ndarray:
    """SPIDER's values as those of four classes, (x, y, z)."""
    return FOUR.lookup()[SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(mask)).T]


def dice(found: np.ndarray, wanted: np.ndarray) -> float:
    return 2 * (found & wanted).sum() / (found.sum() + wanted.sum())


def test_every_installed_model_has_a_card_and_is_small():
    assert models.DEFAULT in models.names()
    for name in models.names():
        file = models.path_of(name)
        assert file.stat().st_size < 5e6
        card = file.with_suffix(".md").read_text(encoding="utf-8")
        assert card.startswith(f"# {name}\n")
        for word in ("not for\nclinical use", "CC BY 4.0", "Where it fails"):
            assert word in card


@pytest.mark.parametrize("sequence", ["t1", "t2"])
@pytest.mark.parametrize("model", models.names())
def test_an_installed_model_finds_the_spine_of_a_phantom_in_any_contrast(model: str, sequence: str, tmp_path: Path):
    phantom = tmp_path / "phantom"
    made = ["phantom", phantom, "--patients", 1, "--sequences", sequence, "--seed", 1]
    assert main([str(word) for word in made]) == 0
    (image,) = (phantom / "images").iterdir()
    asked = ["predict", image, "--output", tmp_path / "found", "--device", "cpu", "--model", model]
    assert main([str(word) for word in asked]) == 0
    found = np.asarray(nib.load(tmp_path / "found" / f"{image.stem}.nii.gz").dataobj)
    wanted = classes(phantom / "masks" / image.name)
    for label in FOUR.labels:
        assert dice(found == label.value, wanted == label.value) > 0.6, label.name
