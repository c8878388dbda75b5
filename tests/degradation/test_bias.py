"""Bias: smooth, of the stated range, and the image as bright as before on average."""

from __future__ import annotations

import numpy as np
import pytest

from nnunet_spine.degradation.bias import WAVELENGTHS_MM, uneven_sensitivity

from .conftest import make_scan

SPACING_MM = (4.0, 3.0, 5.0)


def field(level: float, seed: int = 0) -> np.ndarray:
    """The field on a volume of 80 x 300 x 300 mm, up to its scale."""
    return uneven_sensitivity(make_scan(np.full((20, 100, 60), 50.0), SPACING_MM), level, np.random.default_rng(seed))


@pytest.mark.parametrize("level", [0.2, 0.8, 1.9])
def test_level_is_the_range_of_the_field(level: float):
    values = field(level)
    assert values.min() > 0
    assert values.max() / values.min() == pytest.approx((1 + level / 2) / (1 - level / 2))


def test_the_mean_of_the_image_stays(scan, rng):
    assert uneven_sensitivity(scan, 0.8, rng).mean() == pytest.approx(scan.data.mean())


def test_the_field_is_smooth_in_millimetres():
    values = field(0.8)
    for axis, spacing in enumerate(SPACING_MM):
        steepest = np.abs(np.diff(values, axis=axis)).max() / spacing
        # A single wave of the shortest length that spans the range has this slope where it is steepest.
        assert steepest < 2 * np.pi / WAVELENGTHS_MM[0] * np.ptp(values)


def test_the_field_grows_with_the_level_and_keeps_its_shape():
    weak, strong = (field(level) / field(level).mean() - 1 for level in (0.2, 0.8))
    np.testing.assert_allclose(strong, 4 * weak, atol=0.02)


def test_every_seed_has_its_field():
    assert np.corrcoef(field(0.8, 0).ravel(), field(0.8, 1).ravel())[0, 1] < 0.99


def test_a_single_slice_has_a_field_too(rng):
    values = uneven_sensitivity(make_scan(np.full((1, 100, 60), 50.0), SPACING_MM), 0.8, rng)
    assert values.max() / values.min() == pytest.approx(1.4 / 0.6)
