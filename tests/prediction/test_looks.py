"""How an image lies, how much memory it takes, and how its answer is drawn."""

from __future__ import annotations

from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from PIL import Image

from nnunet_spine.prediction.memory import needed_bytes
from nnunet_spine.prediction.orientation import other_slices
from nnunet_spine.prediction.picture import draw_answer, middle_slices

REORIENTING = "NibabelIOWithReorient"


@pytest.mark.parametrize(
    ("orientation", "spacing_mm", "said"),
    [
        ("LPS", (4.0, 0.5, 0.5), None),
        ("PIR", (0.5, 0.5, 4.0), None),
        ("RAS", (1.0, 1.0, 1.2), None),
        ("LPS", (0.5, 0.5, 4.0), "axial slices 4 mm apart, while the model looks at sagittal slices"),
        ("PIR", (4.0, 0.5, 0.5), "coronal slices 4 mm apart"),
    ],
)
def test_thick_slices_across_those_of_the_model_are_told(orientation: str, spacing_mm: tuple, said: str | None):
    warning = other_slices(orientation, spacing_mm, REORIENTING, across=2)
    assert warning is None if said is None else warning.startswith(said)


def test_where_slices_are_not_known_nothing_is_said():
    assert other_slices("LPS", (0.5, 0.5, 4.0), REORIENTING, across=None) is None
    assert other_slices("LPS", (0.5, 0.5, 4.0), "SimpleITKIO", across=0) is None


def test_an_axial_acquisition_is_told_by_the_command(predict, scans: Path, capsys):
    image = nib.load(scans / "b.nii.gz")
    affine = np.diag([0.5, 0.5, 6.0, 1])
    nib.save(nib.Nifti1Image(np.asanyarray(image.dataobj), affine), scans / "axial.nii.gz")
    assert predict(scans / "axial.nii.gz") == 0
    assert "warning: axial: axial slices 6 mm apart" in capsys.readouterr().out


def test_memory_grows_with_voxels_and_classes():
    assert needed_bytes((10, 10, 10), 4) < needed_bytes((10, 10, 20), 4) < needed_bytes((10, 10, 20), 14)


def test_slices_are_the_quarters_of_what_is_labelled():
    labelled = np.zeros((20, 4, 4), bool)
    labelled[8:17] = True
    assert middle_slices(labelled) == [10, 12, 14]
    assert middle_slices(np.zeros((8, 4, 4), bool)) == [1, 3, 5]
    assert middle_slices(np.ones((1, 4, 4), bool)) == [0]


def test_the_figure_shows_labels_in_their_colours_with_the_head_up(tmp_path: Path):
    image, labels = np.zeros((4, 20, 30), np.uint8), np.zeros((4, 20, 30), np.uint8)
    labels[:, :, 20:] = 1
    for name, data in (("image", image), ("answer", labels)):
        nib.save(nib.Nifti1Image(data, np.diag([4, 1, 1, 1])), tmp_path / f"{name}.nii.gz")
    draw_answer(tmp_path / "x.png", tmp_path / "image.nii.gz", tmp_path / "answer.nii.gz", {"canal": 1}, "x")
    pixels = np.asarray(Image.open(tmp_path / "x.png").convert("RGB")).astype(int)
    blue = (pixels[..., 2] - pixels[..., 0] > 50).sum(1)
    rows = np.flatnonzero(blue > 50)
    lower = slice(pixels.shape[0] // 2 - 20, None)
    assert rows.min() > pixels.shape[0] // 2 - 20, "the upper row shows the image alone"
    assert np.flatnonzero(blue[lower] > 50).max() < 0.6 * len(blue[lower]), "the labelled end is above"
