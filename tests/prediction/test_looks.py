"""How an image lies, how much memory it takes, and how its answer is drawn."""

from __future__ import annotations

from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from PIL import Image

from nnunet_spine.dataset_conversion.volume import Volume
from nnunet_spine.palette import Palette
from nnunet_spine.prediction.grid import NetworkGrid, misfit, needed_bytes
from nnunet_spine.prediction.orientation import other_slices
from nnunet_spine.prediction.picture import draw_answer, middle_slices
from nnunet_spine.preview.drawing import Canvas, grey_range, legend_column_in, legend_height_in

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
    small, large = (10, 10, 10), (10, 10, 20)
    needed = [needed_bytes(small, small, 4), needed_bytes(large, small, 4), needed_bytes(large, large, 4)]
    assert needed == sorted(needed)
    assert needed[-1] < needed_bytes(large, large, 14)


def prepared(shape: tuple, spacing_mm: tuple, orientation: str = "LPS") -> dict:
    return {"shape": shape, "spacing_mm": spacing_mm, "orientation": orientation}


SAGITTAL = NetworkGrid(REORIENTING, (2, 0, 1), (1.5, 1.5))


@pytest.mark.parametrize(
    ("image", "seen"),
    [
        (prepared((20, 300, 400), (4, 0.75, 0.5)), (20, 133, 150)),
        (prepared((300, 400, 20), (0.75, 0.5, 4), "PIR"), (20, 133, 150)),
        (prepared((400, 300, 20), (0.5, 0.75, 4), "IPR"), (20, 133, 150)),
    ],
)
def test_the_network_sees_an_image_however_it_is_stored_on_one_grid(image: dict, seen: tuple):
    assert SAGITTAL.shape(image) == seen


def test_grids_of_3d_networks_and_other_readers():
    assert NetworkGrid(REORIENTING, (0, 1, 2), (1, 1, 2)).shape(prepared((20, 300, 400), (4, 0.5, 0.5))) == (
        200,
        150,
        40,
    )
    assert NetworkGrid("SimpleITKIO", (0, 1, 2), (1, 1, 1)).shape(prepared((2, 3, 4), (1, 1, 1))) == (4, 3, 2)


def test_an_image_must_have_a_place_on_the_grid_of_the_network():
    assert misfit(prepared((20, 300, 400), (4, 0.75, 0.5)), SAGITTAL, 4) is None
    flat = misfit(prepared((20, 300, 400), (4, 0.0005, 0.5)), SAGITTAL, 4)
    assert flat == (
        "20x300x400 voxels of 4 x 0.0005 x 0.5 mm become 20x133x0 at the spacing of the network: is the spacing in the "
        "header right?"
    )
    huge = misfit(prepared((20, 512, 640), (4, 100, 100)), SAGITTAL, 4)
    assert "20x512x640 voxels of 4 x 100 x 100 mm, for the network 20x42667x34133, take about " in huge


def test_slices_are_the_quarters_of_what_is_labelled():
    labelled = np.zeros((20, 4, 4), bool)
    labelled[8:17] = True
    assert middle_slices(labelled) == [10, 12, 14]
    assert middle_slices(np.zeros((8, 4, 4), bool)) == [1, 3, 5]
    assert middle_slices(np.ones((1, 4, 4), bool)) == [0]


def test_the_figure_shows_labels_in_their_colours_with_the_head_up(tmp_path: Path):
    image, labels = np.zeros((4, 20, 30), np.uint8), np.zeros((4, 20, 30), np.uint8)
    labels[:, :, 20:] = 1
    affine = np.diag([4.0, 1, 1, 1])
    nib.save(nib.Nifti1Image(labels, affine), tmp_path / "answer.nii.gz")
    draw_answer(tmp_path / "x.png", Volume(image, affine), tmp_path / "answer.nii.gz", {"canal": 1}, "x")
    pixels = np.asarray(Image.open(tmp_path / "x.png").convert("RGB")).astype(int)
    blue = (pixels[..., 2] - pixels[..., 0] > 50).sum(1)
    rows = np.flatnonzero(blue > 50)
    lower = slice(pixels.shape[0] // 2 - 20, None)
    assert rows.min() > pixels.shape[0] // 2 - 20, "the upper row shows the image alone"
    assert np.flatnonzero(blue[lower] > 50).max() < 0.6 * len(blue[lower]), "the labelled end is above"


@pytest.mark.parametrize("scale", [1e-9, 1, 1e9])
def test_grey_fits_intensities_of_any_size(scale: float):
    image = np.linspace(0, 1, 1001) * scale
    assert grey_range(image) == pytest.approx((0.005 * scale, 0.995 * scale))


def test_grey_of_little_or_nothing():
    spot = np.zeros(10_000)
    spot[0] = 3
    assert grey_range(spot) == (0, 3)
    low, high = grey_range(np.full(5, 7.0))
    assert low == 7 < high


LEVELS = Palette.of({"background": 0, **{f"vertebra_number_{value}": value for value in range(1, 15)}})


@pytest.mark.parametrize("width_in", [legend_column_in(LEVELS), 3.0, 6.0, 20.0])
def test_the_whole_legend_is_on_the_page(width_in: float):
    canvas = Canvas(width_in + 0.06, 1 + legend_height_in(LEVELS, width_in))
    canvas.legend(0.06, LEVELS)
    canvas.figure.canvas.draw()
    (legend,) = canvas.figure.legends
    box, page = legend.get_window_extent(), canvas.figure.bbox
    assert page.x0 <= box.x0
    assert box.x1 <= page.x1
    assert box.y1 <= page.y1 - 0.9 * canvas.figure.dpi, "it lies below the panels"
    assert len(legend.get_texts()) == 14
