"""Scale, mean, deviation and regions of single images, against values known beforehand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter
from scipy.special import ndtri

from nnunet_spine.priors.law import nearest_normal
from nnunet_spine.priors.scale import to_unit_range
from nnunet_spine.priors.tissue import inner, mean_and_deviation
from nnunet_spine.priors.unlabelled import Division, region_statistics, smoothed

SPACING_MM = (4.0, 1.0, 1.0)


@pytest.fixture
def noise() -> np.ndarray:
    return np.random.default_rng(0).standard_normal((4, 64, 64)).astype(np.float32)


def normal_values(mean: float, std: float, n: int) -> np.ndarray:
    """Values whose quantiles are those of a normal law."""
    return mean + std * ndtri((np.arange(n) + 0.5) / n)


def test_the_scale_knows_neither_gain_nor_offset_nor_padding(noise):
    scaled, above = to_unit_range(noise)
    assert np.percentile(scaled[above], (0.5, 99.5)) == pytest.approx((0, 1), abs=1e-5)
    again, _ = to_unit_range(noise * 700 - 1000)
    np.testing.assert_allclose(again, scaled, atol=1e-4)
    padded, above = to_unit_range(np.pad(noise, ((0, 0), (90, 0), (0, 0)), constant_values=-100))
    np.testing.assert_allclose(padded[:, 90:], scaled, atol=2e-3)
    assert not above[:, :90].any()


def test_an_image_of_two_values_has_a_scale():
    scaled, above = to_unit_range(np.array([[[0, 3, 3, 3]]], np.float32))
    assert scaled.tolist() == [[[0, 1, 1, 1]]]
    assert above.sum() == 3


def test_an_image_of_one_value_is_refused():
    with pytest.raises(ValueError, match="got the value 4 in every voxel"):
        to_unit_range(np.full((2, 3, 4), 4, np.float32))


def test_borders_are_left_out_within_a_slice_but_not_across_thick_ones():
    labels = np.zeros((3, 9, 9), np.int16)
    labels[1, 2:7, 2:7] = 1
    thick = inner(labels, (4.0, 1.0, 1.0)) & (labels == 1)
    assert thick[1, 3:6, 3:6].all()
    assert thick.sum() == 9
    fine = inner(labels, (4.0, 0.5, 1.0)) & (labels == 1)
    assert np.argwhere(fine[1]).tolist() == [[4, 3], [4, 4], [4, 5]]
    assert not (inner(labels, (1.0, 1.0, 1.0)) & (labels == 1)).any()


def test_blurred_borders_do_not_reach_the_mean(noise):
    labels = np.zeros(noise.shape, np.int16)
    labels[:, 10:50, 10:50] = 1
    sharp = np.where(labels == 1, 0.2, 0.9)
    blurred = gaussian_filter(sharp, (0, 0.4, 0.4)) + 0.05 * noise
    whole, _ = mean_and_deviation(blurred, labels == 1, SPACING_MM)
    mean, std = mean_and_deviation(blurred, inner(labels, SPACING_MM) & (labels == 1), SPACING_MM)
    assert mean == pytest.approx(0.2, abs=0.003)
    assert std == pytest.approx(0.05, abs=0.003)
    assert abs(whole - 0.2) > abs(mean - 0.2)


def test_mean_and_deviation_of_noise(noise):
    mean, std = mean_and_deviation(0.4 + 0.07 * noise, np.ones(noise.shape, bool), SPACING_MM)
    assert mean == pytest.approx(0.4, abs=0.003)
    assert std == pytest.approx(0.07, abs=0.002)


def test_few_odd_voxels_do_not_count(noise):
    image = 0.4 + 0.07 * noise
    image[:, :, :2] = 5.0  # 3 % of the voxels
    mean, std = mean_and_deviation(image, np.ones(noise.shape, bool), SPACING_MM)
    assert mean == pytest.approx(0.4, abs=0.01)
    assert std == pytest.approx(0.07, abs=0.015)


def test_fall_off_of_the_coil_is_not_in_the_deviation(noise):
    coil = np.linspace(0.5, 1.5, 64)[:, None]
    image = 0.4 * coil + 0.03 * noise
    _, std = mean_and_deviation(image, np.ones(noise.shape, bool), SPACING_MM)
    assert image.std() > 0.11
    assert std < 0.05


def test_a_single_voxel_has_a_mean(noise):
    mask = np.zeros(noise.shape, bool)
    mask[1, 2, 3] = True
    assert mean_and_deviation(noise, mask, SPACING_MM) == (pytest.approx(float(noise[1, 2, 3])), 0)


def test_one_region_is_the_whole(noise):
    values = noise.ravel()
    means, stds = region_statistics(values, values, Division(1, 1, 1.0))
    np.testing.assert_allclose(means, values.mean(), atol=1e-6)
    np.testing.assert_allclose(stds, values.std(), rtol=1e-6)


def test_regions_of_a_ramp_are_as_wide_as_their_means_are_apart():
    """A ramp's region of width w has a deviation of w / sqrt(12), and all means together fill the ramp."""
    ramp = np.linspace(0, 1, 20_001)
    means, stds = region_statistics(ramp, ramp, Division(2, 2, 1.0))
    low, high = means[0::2], means[1::2]
    np.testing.assert_allclose(high - low, 0.5, atol=1e-3)
    np.testing.assert_allclose(stds[0::2] * 12**0.5, 2 * low, atol=1e-3)
    np.testing.assert_allclose(stds[1::2] * 12**0.5, 2 * (1 - high), atol=1e-3)


def test_a_guide_that_knows_nothing_gives_regions_that_are_all_alike():
    rng = np.random.default_rng(1)
    values = rng.normal(0.5, 0.1, 100_000)
    means, stds = region_statistics(values, rng.random(100_000), Division(3, 12, 1.0))
    assert len(means) > 300
    assert np.median(np.abs(means - 0.5)) < 0.003
    assert np.median(np.abs(stds - 0.1)) < 0.003


def test_smoothing_has_the_width_asked_for_and_stays_within_the_slice():
    image = np.zeros((3, 101, 101), np.float32)
    image[1, 50, 50] = 1
    spread = smoothed(image, (5.0, 0.5, 1.0), fwhm_mm=10.0)
    assert not spread[[0, 2]].any()
    half = spread[1] >= spread[1].max() / 2
    assert half[:, 50].sum() * 0.5 == pytest.approx(10, abs=1.0)
    assert half[50].sum() == pytest.approx(10, abs=1.0)


@pytest.mark.parametrize("n", [3, 10, 100])
def test_a_normal_law_is_found(n):
    ranks = (np.arange(1, n + 1) - 0.375) / (n + 0.25)
    assert nearest_normal(0.5 + 0.1 * ndtri(ranks), 0, 1) == pytest.approx((0.5, 0.1), abs=1e-3)


def test_the_law_may_reach_beyond_the_range_that_is_drawn_from_it():
    """A third of the draws lie below 0; their moments after clipping are others than the law's."""
    values = np.clip(normal_values(0.1, 0.25, 1000), 0, 1)
    assert values.std() < 0.2
    assert nearest_normal(values, 0, 1) == pytest.approx((0.1, 0.25), abs=2e-3)


def test_one_odd_image_hardly_moves_the_law():
    values = normal_values(0.1, 0.03, 29)
    mean, std = nearest_normal(np.append(values, 0.8), 0, 1)
    assert mean == pytest.approx(0.1, abs=0.005)
    assert std == pytest.approx(0.03, abs=0.006)
    assert np.append(values, 0.8).std() > 0.12


@pytest.mark.parametrize("values", [[0.4], [0.4, 0.4, 0.4]])
def test_equal_values_have_no_spread(values):
    assert nearest_normal(np.array(values), 0, 1) == pytest.approx((0.4, 0), abs=1e-4)
