"""Larger voxels: what they can resolve stays, what they cannot is gone, and nothing moves."""

from __future__ import annotations

import numpy as np
import pytest
from nnunetv2.preprocessing.resampling.default_resampling import resample_data_or_seg
from scipy import fft

from nnunet_spine.degradation.resolution import (
    coarser_in_plane,
    coarser_voxels,
    low_pass,
    shares_of_thick_slices,
    thicker_slices,
    window,
)

from .conftest import SHAPE, ellipsoid, make_scan, textured

FACTORS = [1.01, 1.5, 2, 2.7, 3, 4]
ALL = [coarser_in_plane, thicker_slices, coarser_voxels]


def centroid(data: np.ndarray) -> np.ndarray:
    """Of what is above the surrounding, in voxels from the middle."""
    weights = data - 40
    axes = np.indices(data.shape) - (np.array(data.shape).reshape(-1, 1, 1, 1) - 1) / 2
    return (axes * weights).sum(axis=(1, 2, 3)) / weights.sum()


def wave(count: int, cycles: int) -> np.ndarray:
    """A wave on which the cosine transform has one coefficient: its frequency is cycles / count of Nyquist's."""
    return np.cos(np.pi * cycles * (np.arange(count) + 0.5) / count)


@pytest.mark.parametrize("factor", [1.5, 2, 3])
def test_frequencies_beyond_the_coarse_nyquist_vanish(factor: float):
    beyond = int(np.ceil(120 / factor))
    assert np.abs(low_pass(wave(120, beyond), 0, factor)).max() < 1e-12


@pytest.mark.parametrize("factor", [1.5, 2, 3])
def test_frequencies_below_the_taper_stay(factor: float):
    below = wave(120, int(120 / factor / 2))
    np.testing.assert_allclose(low_pass(below, 0, factor), below, atol=1e-12)


def test_the_window_falls_from_1_to_0():
    np.testing.assert_allclose(window(np.array([0, 0.5, 0.75, 1, 3])), [1, 1, 0.5, 0, 0], atol=1e-12)


def test_as_the_factor_goes_to_1_the_image_goes_to_itself():
    grain = np.random.default_rng(0).normal(size=200)
    np.testing.assert_allclose(low_pass(grain, 0, 1 + 1e-9), grain, atol=1e-6)


@pytest.mark.parametrize("act", ALL)
@pytest.mark.parametrize("factor", FACTORS)
def test_a_constant_image_stays_constant(act, factor: float):
    np.testing.assert_allclose(act(make_scan(np.full(SHAPE, 70.0)), factor), 70, rtol=1e-12)


@pytest.mark.parametrize("act", ALL)
@pytest.mark.parametrize("factor", FACTORS)
@pytest.mark.parametrize("shape", [SHAPE, (13, 47, 61)])
def test_total_intensity_and_place_stay(act, factor: float, shape: tuple[int, ...]):
    scan = make_scan(ellipsoid(shape))
    degraded = act(scan, factor)
    assert degraded.shape == shape
    assert degraded.sum() == pytest.approx(scan.data.sum(), rel=1e-9)
    np.testing.assert_allclose(centroid(degraded), 0, atol=1e-6)
    np.testing.assert_allclose(degraded, degraded[::-1, ::-1, ::-1], atol=1e-9)


@pytest.mark.parametrize("act", ALL)
def test_an_object_off_the_middle_stays_where_it_is(act):
    data = np.full((24, 96, 120), 40.0)
    data[4:16, 10:58, 40:100] = ellipsoid(SHAPE)
    scan = make_scan(data)
    for factor in (1.5, 2, 3):
        np.testing.assert_allclose(centroid(act(scan, factor)), centroid(data), atol=0.05)


@pytest.mark.parametrize("act", ALL)
def test_the_larger_the_voxels_the_larger_the_error(act):
    # Grain, since how well slices fit a single object depends on where they cut it.
    scan = make_scan(textured((48, 48, 60)))
    errors = [np.sqrt(((act(scan, factor) - scan.data) ** 2).mean()) for factor in (1.2, 1.5, 2, 3, 4)]
    assert errors[0] > 0
    assert np.all(np.diff(errors) > 0)


def test_only_the_axes_of_the_slice_are_blurred():
    rows = np.full(SHAPE, 50.0)
    rows[::2] = 100
    np.testing.assert_allclose(coarser_in_plane(make_scan(rows), 4), rows, atol=1e-9)


def test_spacing_says_which_axis_is_that_of_the_slices():
    grain = np.random.default_rng(0).uniform(50, 60, (12, 12, 12))
    for axis, spacing_mm in enumerate([(3, 1, 1.5), (1, 3, 1.5), (1, 1.5, 3)]):
        thick = thicker_slices(make_scan(grain, spacing_mm), 12)
        np.testing.assert_allclose(thick, np.broadcast_to(grain.mean(axis=axis, keepdims=True), grain.shape))


def test_an_isotropic_volume_has_sagittal_slices():
    grain = np.random.default_rng(0).uniform(50, 60, (12, 12, 12))
    thick = thicker_slices(make_scan(grain, (0.9, 0.9, 0.9)), 12)
    np.testing.assert_allclose(thick, np.broadcast_to(grain.mean(axis=0, keepdims=True), grain.shape))


def test_a_thick_slice_is_the_mean_of_what_it_covers():
    x = np.arange(1.0, 7.0)
    np.testing.assert_allclose(shares_of_thick_slices(6, 2) @ x, [1.5, 1.5, 3.5, 3.5, 5.5, 5.5])
    # Two slices of 1.5, the first of which covers the second slice half.
    np.testing.assert_allclose(shares_of_thick_slices(3, 1.5) @ x[:3], [4 / 3, 2, 8 / 3])


@pytest.mark.parametrize("count", [2, 7, 24])
@pytest.mark.parametrize("factor", FACTORS)
def test_thick_slices_share_out_all_there_is(count: int, factor: float):
    share = shares_of_thick_slices(count, factor)
    assert share.min() >= 0
    np.testing.assert_allclose(share.sum(axis=0), 1)
    np.testing.assert_allclose(share.sum(axis=1), 1)
    np.testing.assert_allclose(share, share[::-1, ::-1], atol=1e-12)


def test_nnunet_makes_the_same_of_an_image_on_the_coarse_grid():
    """Sampled on the coarse grid and brought back by nnU-Net's own resampling, the image is nearly the same."""
    scan = make_scan(np.where(ellipsoid((1, 96, 120)) > 100, 200.0, 40.0), (4.0, 1.0, 1.0))
    degraded = coarser_in_plane(scan, 2)
    spectrum = fft.dctn(degraded[0], norm="ortho")[:48, :60]
    coarse = fft.idctn(spectrum, norm="ortho") / 2
    back = resample_data_or_seg(coarse[None, None], (1, 96, 120), order=3)[0]
    change = np.abs(degraded - scan.data).max()
    assert change > 1
    assert np.abs(back - degraded).max() < 0.1 * change
