"""What must hold on real SPIDER volumes; skipped where there are none beside the checkout."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import nibabel
import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813
import torch
from scipy.ndimage import binary_dilation, binary_erosion

from nnunet_spine.dataset_conversion import ConversionOptions, convert_spider
from nnunet_spine.labels import CANAL_VALUE, DISC_OFFSET
from nnunet_spine.synth import PRESETS, Grid, SynthGenerator
from nnunet_spine.synth.config.presets import NOTHING
from nnunet_spine.synth.ranges import uniform

SPIDER = Path(__file__).resolve().parents[2] / "shared" / "data" / "spider_space"
CASES = ("5_t2_SPACE", "110_t2_SPACE", "7_t2_SPACE")

pytestmark = pytest.mark.skipif(not SPIDER.is_dir(), reason=f"no real SPIDER volumes in {SPIDER}")


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three real cases, converted with four classes."""
    root = tmp_path_factory.mktemp("real")
    source = root / "spider"
    for folder in ("images", "masks"):
        (source / folder).mkdir(parents=True)
        for case in CASES:
            (source / folder / f"{case}.mha").symlink_to(SPIDER / folder / f"{case}.mha")
    (source / "overview.csv").symlink_to(SPIDER / "overview.csv")
    with pytest.MonkeyPatch.context() as patch:
        for variable in ("nnUNet_raw", "nnUNet_preprocessed", "nnUNet_results"):
            (root / variable).mkdir()
            patch.setenv(variable, str(root / variable))
        return convert_spider(source, 599, "4class", options=ConversionOptions(sequences=("t2_SPACE",)))


@pytest.mark.parametrize("case", CASES)
def test_every_voxel_arrives_where_it_was_with_the_right_class(raw, case):
    """Each labelled voxel of the source, carried through world coordinates, has its class in the converted label."""
    source = sitk.ReadImage(str(SPIDER / "masks" / f"{case}.mha"))
    values = sitk.GetArrayViewFromImage(source)
    label = nibabel.load(raw / "labelsTr" / f"{case}.nii.gz")
    converted = np.asarray(label.dataobj)
    to_index = np.linalg.inv(label.affine)
    rng = np.random.default_rng(0)
    for index in rng.permutation(np.argwhere(values > 0))[:500]:
        lps = source.TransformIndexToPhysicalPoint([int(i) for i in index[::-1]])
        x, y, z = np.rint((to_index @ [-lps[0], -lps[1], lps[2], 1])[:3]).astype(int)
        value = values[tuple(index)]
        expected = 1 if value < CANAL_VALUE else 2 if value == CANAL_VALUE else 3
        assert converted[x, y, z] == expected, f"value {value} at {lps}"
        assert value < DISC_OFFSET or expected == 3


@pytest.mark.parametrize("case", CASES)
def test_anatomy_lies_as_in_a_patient_who_stands(raw, case):
    """Axes are right, front, head: discs lie before the canal, and the spine is longer than deep."""
    label = nibabel.load(raw / "labelsTr" / f"{case}.nii.gz")
    assert nibabel.aff2axcodes(label.affine) == ("R", "A", "S")
    converted = np.asarray(label.dataobj)
    discs, canal = np.argwhere(converted == 3), np.argwhere(converted == 2)
    assert discs[:, 1].mean() > canal[:, 1].mean()
    spacing = np.array(label.header.get_zooms()[:3])
    assert np.ptp(canal[:, 2]) * spacing[2] > 2 * np.ptp(discs[:, 1]) * spacing[1]


def test_the_manifest_tells_what_was_found(raw):
    manifest = json.loads((raw / "manifest.json").read_text())
    assert sorted(case["case"] for case in manifest["cases"]) == sorted(CASES)
    assert {case["orientation_found"] for case in manifest["cases"]} == {"PIR"}
    assert {case["intensity_floor"] for case in manifest["cases"]} == {0}


@pytest.fixture(scope="module", params=CASES)
def middle(request, raw) -> tuple[torch.Tensor, torch.Tensor]:
    """Every other voxel of one case's middle slice: image and labels, each (1, 1, Y, X)."""
    image, label = (
        np.asarray(nibabel.load(raw / name).dataobj)
        for name in (f"imagesTr/{request.param}_0000.nii.gz", f"labelsTr/{request.param}.nii.gz")
    )
    of_slice = image.shape[0] // 2, slice(None, None, 2), slice(None, None, 2)
    return (
        torch.from_numpy(image[of_slice].astype(np.float32))[None, None],
        torch.from_numpy(label[of_slice].astype(np.int16))[None, None],
    )


def synthetic(real: torch.Tensor, labels: torch.Tensor, **changed: object) -> torch.Tensor:
    """60 synthetic images (60, 1, Y, X) of an anatomy that is left as it is, of changed settings of `spine`."""
    grid = Grid(tuple(real.shape[2:]), (0.94, 0.94))
    config = replace(PRESETS["spine"], spatial=NOTHING.spatial, pathology=NOTHING.pathology, **changed)
    still = SynthGenerator((0, 1, 2, 3), grid, config)
    made = still(labels.expand(60, -1, -1, -1), real.expand(60, -1, -1, -1), torch.Generator().manual_seed(0))
    assert torch.equal(made.labels, labels.expand(60, -1, -1, -1))
    return made.image


@pytest.fixture(scope="module")
def images(middle) -> torch.Tensor:
    """60 synthetic images (60, Y, X) of the preset."""
    return synthetic(*middle)[:, 0]


def correlations(real: torch.Tensor, images: torch.Tensor, where: torch.Tensor) -> torch.Tensor:
    """How each of the images correlates with the real one `where` (Y, X)."""
    return torch.stack([torch.corrcoef(torch.stack((real[0, 0][where], x[where])))[0, 1] for x in images])


def test_synthetic_images_of_real_anatomy_do_not_resemble_the_real_image(middle):
    """But for what is dark in every sequence, synthetic and real intensities are uncorrelated over many samples."""
    real, labels = middle
    open_curve = replace(PRESETS["spine"].intensity, curve_begin=uniform(0, 1))
    images = synthetic(real, labels, intensity=open_curve, parts=NOTHING.parts)[:, 0]
    for where in (labels[0, 0] >= 0, labels[0, 0] > 0):
        found = correlations(real, images, where)
        assert abs(found.mean()) < 4 * found.std() / len(found) ** 0.5


def test_most_of_what_surrounds_a_spine_is_dark_in_real_and_in_synthetic_images(middle, images):
    """Of dark voxels and of skewness the real image has as much as usual synthetic ones, not more than nearly all."""
    real, labels = middle
    unlabelled = labels[0, 0] == 0

    def dark(x: torch.Tensor) -> float:
        low, high = torch.quantile(x.flatten(), torch.tensor([0.005, 0.995]))
        return float((x[unlabelled] < low + 0.2 * (high - low)).float().mean())

    def skewness(x: torch.Tensor) -> float:
        return float(((x - x.mean()) / x.std()).pow(3).mean())

    for measure in (dark, skewness):
        low, high = np.quantile([measure(x) for x in images], (0.1, 0.9))
        assert low < measure(real[0, 0]) < high


def test_contrasts_turn_round_although_air_and_cortical_bone_stay_dark(middle, images):
    """In what is labelled, and in the brighter half of what is not, the real contrast and its inverse both occur."""
    real, labels = middle
    unlabelled = labels[0, 0] == 0
    bright = unlabelled & (real[0, 0] > real[0, 0][unlabelled].median())
    for where in (labels[0, 0] > 0, bright):
        found = correlations(real, images, where)
        assert (found < -0.2).float().mean() > 0.08
        assert (found > 0.2).float().mean() > 0.08


def plate_signal(x: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Signal of the outermost voxels of vertebrae towards discs, 0 like those beside them, 1 like the bone within.

    Args:
        x: images (N, Y, X).
        labels: (Y, X) of all of them.

    Returns:
        (N,), not a number where bone is as dark as what is around it.
    """
    vertebra, disc = (labels == value for value in (1, 3))
    near = torch.from_numpy(binary_dilation(disc, iterations=5))
    within = torch.from_numpy(binary_erosion(vertebra, iterations=5))
    inner = vertebra & ~torch.from_numpy(binary_erosion(vertebra)) & near
    outer = torch.from_numpy(binary_dilation(vertebra)) & ~vertebra & near
    dark = x.flatten(1).quantile(0.005, dim=1)
    bone, border, beside = (x[:, where].mean(1) - dark for where in (within, inner, outer))
    share = (border - beside) / (bone - beside)
    return share.where(bone > 2 * beside, torch.nan)


def test_vertebrae_end_where_their_signal_falls_in_real_and_in_synthetic_images(middle, images):
    """Towards discs: a network that is shown dark bone within the label paints real vertebrae too large.

    Real images: two thirds of the bone's signal. Where a third of the cortex was within the label, a sixth.
    """
    real, labels = middle
    usual = plate_signal(images, labels[0, 0]).nanmedian()
    assert abs(plate_signal(real[0], labels[0, 0]) - usual) < 0.35
