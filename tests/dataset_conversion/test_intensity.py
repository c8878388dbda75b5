"""Intensities: the floor goes to 0, undershoot too, nothing else changes."""

from __future__ import annotations

import numpy as np
import pytest

from nnunet_spine.dataset_conversion.intensity import floor_to_zero


def padded(floor: float) -> np.ndarray:
    """Tissue of 50 to 149 in padding of one value."""
    data = np.full((12, 12, 12), floor)
    data[2:-2, 2:-2, 2:-2] = floor + 50 + np.arange(512).reshape(8, 8, 8) % 100
    return data


@pytest.mark.parametrize("dtype", [np.int16, np.int32, np.float32, np.float64])
def test_a_negative_floor_is_moved_to_zero(dtype: type):
    data = np.array([-1000, -1000, 0, 3096], dtype)
    found = floor_to_zero(data)
    assert (found.floor, found.clipped) == (-1000, 0)
    assert found.data.dtype == np.int16
    np.testing.assert_array_equal(found.data, [0, 0, 1000, 4096])


@pytest.mark.parametrize("low", [0, 5])
def test_other_floors_stay(low: int):
    found = floor_to_zero(np.array([low, 255], np.int16))
    assert (found.floor, found.clipped) == (0, 0)
    np.testing.assert_array_equal(found.data, [low, 255])


@pytest.mark.parametrize("dtype", [np.int16, np.float32])
@pytest.mark.parametrize("floor", [0, -1000])
def test_undershoot_is_clipped_to_the_floor(floor: int, dtype: type):
    """One voxel below the background must not lift the background."""
    data = padded(floor).astype(dtype)
    data[0, 0, 0], data[6, 6, 6] = floor - 37, floor - 12
    found = floor_to_zero(data)
    expected = padded(0)
    expected[6, 6, 6] = 0
    np.testing.assert_array_equal(found.data, expected)
    assert (found.floor, found.clipped) == (floor, 2)
    assert found.data.dtype == np.uint8


def test_undershoot_of_broken_numbers_over_a_background_without_one_value():
    rng = np.random.default_rng(0)
    data = padded(0) + rng.uniform(1e-6, 1e-3, (12, 12, 12))
    data[0, 0, 0] = -37.5
    found = floor_to_zero(data)
    assert (found.floor, found.clipped) == (0, 1)
    np.testing.assert_array_equal(found.data, data.clip(0).astype(np.float32))


@pytest.mark.parametrize("background", [0.0, None])
def test_an_image_with_a_mean_of_zero_keeps_its_dark_half(background: float | None):
    """Dark tissue is no undershoot: clipping it would lose half of the image."""
    data = np.random.default_rng(0).normal(size=(12, 12, 12)).astype(np.float32)
    if background is not None:
        data[:3] = data[-3:] = data[:, :3] = background
    found = floor_to_zero(data)
    assert (found.floor, found.clipped) == (0, 0)
    np.testing.assert_array_equal(found.data, data)


def test_a_floor_within_the_volume_only_is_known_by_its_share():
    data = np.arange(12**3).reshape(12, 12, 12) % 97 + 1
    data[6, 6, :2] = -5
    assert floor_to_zero(data).floor == -5
    data[6, 6, 1] = 1
    assert (floor_to_zero(data).floor, floor_to_zero(data).clipped) == (0, 1)


@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        ([0, 255], np.uint8),
        ([0, 256], np.int16),
        ([-32768, -32768, 32767], np.uint16),
        ([0, 65536], np.int32),
        ([0, 2**31], np.float32),
        ([-0.5, -0.5, 0.25], np.float32),
    ],
)
def test_the_smallest_type_that_holds_all_values(values: list[float], dtype: type):
    found = floor_to_zero(np.array(values))
    assert found.data.dtype == dtype
    np.testing.assert_array_equal(found.data.astype(float), np.array(values) - found.floor)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_values_that_are_not_finite_are_counted(bad: float):
    with pytest.raises(ValueError, match="2 voxels are NaN or infinite"):
        floor_to_zero(np.array([0.0, bad, 1.0, bad], np.float32))


@pytest.mark.parametrize("values", [[0.0, 1e300], [-1e300, 0.5, 1.0]])
def test_values_beyond_float32_are_refused(values: list[float]):
    with pytest.raises(ValueError, match="do not fit into float32"):
        floor_to_zero(np.array(values))
