"""Noise: its distribution is Rice's, its strength a share of the signal of tissue."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from nnunet_spine.degradation.noise import add_noise, tissue_signal

from .conftest import SHAPE, make_scan


def test_bright_tissue_gets_gaussian_noise_of_the_stated_deviation(rng):
    noise = add_noise(make_scan(np.full((20, 50, 60), 200.0)), 0.05, rng) - 200
    assert noise.std() == pytest.approx(10, rel=0.01)
    assert noise.mean() == pytest.approx(10**2 / (2 * 200), abs=0.1)


def test_air_gets_the_noise_of_rayleigh(rng):
    data = np.full((20, 50, 60), 1e-6)
    data[:10] = 100
    air = add_noise(make_scan(data), 0.2, rng)[10:]
    assert stats.kstest(air.ravel(), stats.rayleigh(scale=20).cdf).pvalue > 0.01


def test_noise_is_white(rng):
    noise = add_noise(make_scan(np.full((20, 50, 60), 200.0)), 0.1, rng) - 200
    for axis in range(3):
        first, second = np.delete(noise, 0, axis).ravel(), np.delete(noise, -1, axis).ravel()
        assert abs(np.corrcoef(first, second)[0, 1]) < 0.02


def test_noise_follows_the_unit_of_the_intensities(scan):
    noisy, brighter = (add_noise(make_scan(k * scan.data), 0.1, np.random.default_rng(0)) for k in (1, 7))
    np.testing.assert_allclose(brighter, 7 * noisy)


def test_signal_is_that_of_what_is_brighter_than_the_mean():
    data = np.zeros(SHAPE) + 1
    data[:, 10:20, 10:40] = 100
    data[:, 10:20, 40:50] = 200
    assert tissue_signal(make_scan(data)) == pytest.approx(125)


def test_padding_does_not_count_as_image():
    image = np.random.default_rng(0).uniform(1, 200, (6, 40, 60))
    padded = np.zeros((6, 100, 60))
    padded[:, 30:70] = image
    assert tissue_signal(make_scan(padded)) == pytest.approx(tissue_signal(make_scan(image)))
