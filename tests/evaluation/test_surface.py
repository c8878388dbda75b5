"""Distances between surfaces, counted by hand and by others."""

from __future__ import annotations

import math
import warnings
from functools import partial

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from nnunet_spine.evaluation.surface import SurfaceDistances, surface, surface_distances

SPACINGS = [(1.0, 1.0, 1.0), (4.0, 0.6, 0.6), (0.9, 0.46875, 0.46875), (1.0, 2.0, 3.0)]


def drawn(*rows: str) -> np.ndarray:
    """A mask from a drawing."""
    return np.array([[character == "#" for character in row] for row in rows])


def blobs(seed: int, shape: tuple[int, ...] = (9, 16, 14)) -> tuple[np.ndarray, np.ndarray]:
    """Two smooth random masks that share a part and reach the ends of the image."""
    rng = np.random.default_rng(seed)
    common, first, second = (gaussian_filter(rng.standard_normal(shape), 1.5) for _ in range(3))
    return common + 0.5 * first > 0.05, common + 0.5 * second > 0.05


def ordered(distances: SurfaceDistances) -> list[list[float]]:
    return [sorted(distances.reference_mm.tolist()), sorted(distances.prediction_mm.tolist())]


def test_surface_has_a_face_outwards():
    mask = drawn(
        ".......",
        ".#####.",
        ".#####.",
        ".#####.",
        "...#...",
    )
    assert np.array_equal(
        surface(mask),
        drawn(
            ".......",
            ".#####.",
            ".#...#.",
            ".##.##.",
            "...#...",
        ),
    )


def test_end_of_the_image_is_outside():
    assert np.array_equal(surface(np.ones((3, 4), bool)), drawn("####", "#..#", "####"))


@pytest.mark.parametrize("seed", range(3))
def test_surface_is_monais(seed):
    from monai.metrics.utils import get_mask_edges

    mask, _ = blobs(seed)
    edges, _ = get_mask_edges(mask, mask, crop=False)
    assert np.array_equal(surface(mask), edges)


def test_two_bars_by_hand():
    reference = drawn(
        "#####.",
        "......",
        "......",
    )
    prediction = drawn(
        "......",
        "...###",
        ".....#",
    )
    found = surface_distances(reference, prediction, (2.0, 1.0))
    down, across = 2.0, 1.0
    to_prediction = [math.hypot(3 * across, down), math.hypot(2 * across, down), math.hypot(across, down), down, down]
    to_reference = [down, down, math.hypot(across, down), math.hypot(across, 2 * down)]
    assert ordered(found) == [pytest.approx(sorted(to_prediction)), pytest.approx(sorted(to_reference))]
    assert found.hd_mm == pytest.approx(math.sqrt(17))
    assert found.assd_mm == pytest.approx(sum(to_prediction + to_reference) / 9)
    assert found.nsd(2.0) == pytest.approx(4 / 9)
    assert found.nsd(2.3) == pytest.approx(6 / 9)
    assert found.nsd(1.9) == 0


def test_hd95_is_the_larger_directed_percentile():
    found = SurfaceDistances(np.arange(101.0), np.zeros(1000))
    assert found.hd95_mm == 95
    assert found.hd_mm == 100
    assert found.assd_mm == pytest.approx(5050 / 1101)


@pytest.mark.parametrize("spacing", SPACINGS)
def test_a_mask_has_no_distance_to_itself(spacing):
    mask, _ = blobs(0)
    found = surface_distances(mask, mask, spacing)
    assert (found.hd_mm, found.hd95_mm, found.assd_mm, found.nsd(0)) == (0, 0, 0, 1)
    assert found.reference_mm.size == found.prediction_mm.size == surface(mask).sum()


@pytest.mark.parametrize("spacing", SPACINGS)
@pytest.mark.parametrize("apart", [0, 40])
def test_distances_are_those_of_a_distance_transform(spacing, apart):
    from scipy.ndimage import distance_transform_edt

    reference, prediction = (np.pad(mask, ((0, 0), (0, apart), (0, apart))) for mask in blobs(1))
    prediction[-1, -3:, -2:] = True  # beyond the places that are looked at first, if the masks end far from there
    first, second = surface(reference), surface(prediction)
    found = surface_distances(reference, prediction, spacing)
    expected = SurfaceDistances(
        distance_transform_edt(~second, sampling=spacing)[first],
        distance_transform_edt(~first, sampling=spacing)[second],
    )
    assert ordered(found) == [pytest.approx(one) for one in ordered(expected)]
    assert (found.hd_mm > 20 * min(spacing)) == (apart > 0)


@pytest.mark.parametrize("spacing", SPACINGS)
@pytest.mark.parametrize("seed", range(3))
def test_metrics_are_monais(seed, spacing):
    reference, prediction = blobs(seed)
    found = surface_distances(reference, prediction, spacing)
    _assert_monais(found, reference, prediction, spacing)


@pytest.mark.parametrize("seed", range(3))
def test_metrics_of_a_slice_are_monais(seed):
    reference, prediction = blobs(seed, (20, 24))
    found = surface_distances(reference, prediction, (0.7, 1.3))
    _assert_monais(found, reference, prediction, (0.7, 1.3))
    for axis in range(3):
        masks = (np.expand_dims(mask, axis) for mask in (reference, prediction))
        spacing = [0.7, 1.3]
        spacing.insert(axis, 5.0)
        assert ordered(surface_distances(*masks, spacing)) == ordered(found)


def _assert_monais(found: SurfaceDistances, reference: np.ndarray, prediction: np.ndarray, spacing: tuple) -> None:
    import torch
    from monai.metrics import compute_average_surface_distance, compute_hausdorff_distance, compute_surface_dice

    pair = {"y_pred": torch.tensor(prediction[None, None]), "y": torch.tensor(reference[None, None])}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        hausdorff = partial(compute_hausdorff_distance, **pair, spacing=spacing, include_background=True)
        assert found.hd_mm == pytest.approx(hausdorff().item())
        assert found.hd95_mm == pytest.approx(hausdorff(percentile=95).item())
        mean = compute_average_surface_distance(**pair, spacing=spacing, include_background=True, symmetric=True)
        assert found.assd_mm == pytest.approx(mean.item())
        for tolerance_mm in (0.5, 1.1, 2.5):
            share = compute_surface_dice(
                **pair, class_thresholds=[tolerance_mm], spacing=spacing, include_background=True
            )
            assert found.nsd(tolerance_mm) == pytest.approx(share.item())


@pytest.mark.parametrize("spacing", SPACINGS)
@pytest.mark.parametrize("seed", range(3))
def test_distances_are_medpys(seed, spacing):
    """MedPy's HD95 is the percentile of both surfaces together, and its ASSD the mean of the two directed means."""
    from medpy.metric import binary

    reference, prediction = blobs(seed)
    found = surface_distances(reference, prediction, spacing)
    both = (prediction, reference)
    assert found.hd_mm == pytest.approx(binary.hd(*both, voxelspacing=spacing))
    assert found.prediction_mm.mean() == pytest.approx(binary.asd(*both, voxelspacing=spacing))
    assert found.reference_mm.mean() == pytest.approx(binary.asd(*both[::-1], voxelspacing=spacing))
    pooled = np.percentile(np.concatenate([found.reference_mm, found.prediction_mm]), 95)
    assert pooled == pytest.approx(binary.hd95(*both, voxelspacing=spacing))
    assert found.hd95_mm >= pooled


@pytest.mark.parametrize("spacing", SPACINGS)
def test_exchange_changes_nothing(spacing):
    reference, prediction = blobs(4)
    found, exchanged = (
        surface_distances(reference, prediction, spacing),
        surface_distances(prediction, reference, spacing),
    )
    assert ordered(found) == ordered(exchanged)[::-1]
    assert (found.hd95_mm, found.nsd(1)) == (exchanged.hd95_mm, exchanged.nsd(1))
    assert found.assd_mm == pytest.approx(exchanged.assd_mm)


def test_twice_the_spacing_is_twice_the_distance():
    reference, prediction = blobs(5)
    once, twice = (surface_distances(reference, prediction, [k * mm for mm in (4.0, 0.6, 0.6)]) for k in (1, 2))
    assert twice.hd_mm == pytest.approx(2 * once.hd_mm)
    assert twice.hd95_mm == pytest.approx(2 * once.hd95_mm)
    assert twice.assd_mm == pytest.approx(2 * once.assd_mm)
    assert twice.nsd(1.4) == once.nsd(0.7)


def test_single_voxels_are_as_far_apart_as_their_centres():
    first, second = np.zeros((2, 5, 30, 40), bool)
    first[0, 0, 0] = second[4, 29, 39] = True
    found = surface_distances(first, second, (3.0, 1.0, 0.5))
    assert found.hd_mm == found.hd95_mm == found.assd_mm == pytest.approx(math.hypot(12, 29, 19.5))


def test_rounding_of_headers_does_not_decide_about_the_tolerance():
    first, second = np.zeros((2, 3, 20), bool)
    first[1, 2] = second[1, 12] = True
    spacing = float(np.float32(0.1))
    assert spacing * 10 > 1
    assert surface_distances(first, second, (1.0, spacing)).nsd(1.0) == 1
    assert surface_distances(first, second, (1.0, spacing)).nsd(0.9999) == 0


def test_a_cut_with_a_margin_of_one_voxel_changes_nothing():
    reference, prediction = np.zeros((2, 7, 20, 20), bool)
    reference[3, 4:9, 0:9] = prediction[3, 6:10, 0:8] = True
    cut = (slice(2, 5), slice(3, 11), slice(0, 10))
    whole = surface_distances(reference, prediction, (4, 1, 1))
    assert ordered(surface_distances(reference[cut], prediction[cut], (4, 1, 1))) == ordered(whole)


def test_empty_masks():
    empty, full = np.zeros((3, 4, 5), bool), np.ones((3, 4, 5), bool)
    for pair in ((empty, full), (full, empty)):
        found = surface_distances(*pair, (1, 1, 1))
        assert all(math.isnan(x) for x in (found.hd_mm, found.hd95_mm, found.assd_mm))
        assert found.nsd(1) == 0
    assert math.isnan(surface_distances(empty, empty, (1, 1, 1)).nsd(1))
