"""Intensities: the floor goes to 0, nothing else changes."""

from __future__ import annotations

import numpy as np
import pytest

from nnunet_spine.dataset_conversion.intensity import floor_to_zero


@pytest.mark.parametrize("dtype", [np.int16, np.int32, np.float32, np.float64])
def test_a_negative_floor_is_moved_to_zero(dtype: type):
    data = np.array([-1000, -1000, 0, 3096], dtype)
    found, floor = floor_to_zero(data)
    assert floor == -1000
    assert found.dtype == np.int16
    np.testing.assert_array_equal(found, [0, 0, 1000, 4096])


@pytest.mark.parametrize("low", [0, 5])
def test_other_floors_stay(low: int):
    found, floor = floor_to_zero(np.array([low, 255], np.int16))
    assert floor == 0
    np.testing.assert_array_equal(found, [low, 255])


@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        ([0, 255], np.uint8),
        ([0, 256], np.int16),
        ([-32768, 32767], np.uint16),
        ([0, 65536], np.int32),
        ([0, 2**31], np.float32),
        ([-0.5, 0.25], np.float32),
    ],
)
def test_the_smallest_type_that_holds_all_values(values: list[float], dtype: type):
    found, floor = floor_to_zero(np.array(values))
    assert found.dtype == dtype
    np.testing.assert_array_equal(found.astype(float), np.array(values) - floor)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_values_that_are_not_finite_are_counted(bad: float):
    with pytest.raises(ValueError, match="2 voxels are NaN or infinite"):
        floor_to_zero(np.array([0.0, bad, 1.0, bad], np.float32))


def test_values_beyond_float32_are_refused():
    with pytest.raises(ValueError, match="do not fit into float32"):
        floor_to_zero(np.array([0.0, 1e300]))
