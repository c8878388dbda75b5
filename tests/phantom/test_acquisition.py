"""k-space: positions, amplitudes, noise."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from nnunet_spine.phantom.acquisition import Acquisition, read_out
from nnunet_spine.phantom.geometry import Grid
from nnunet_spine.phantom.protocols import protocol_of
from nnunet_spine.phantom.scan import PIR_AXES, SIZES, Scan

PIXELS, FINE = (48, 40), 2


def make_scan() -> Scan:
    grid = Grid(np.zeros(3), PIR_AXES, np.array([4.0, 1.0, 1.0]), (1, *PIXELS))
    size = replace(SIZES["small"][0], supersampling=FINE)
    return Scan(grid, 4.0, size, "PIR", np.ones(PIXELS, bool))


def make_acquisition(noise: float = 0.0) -> Acquisition:
    fine = tuple(FINE * n for n in PIXELS)
    protocol = replace(protocol_of("ingenia_3", "t1"), sampling_percent=100.0)
    none = np.zeros(0, np.float32)
    return Acquisition(protocol, none, none, np.ones(fine), np.ones(PIXELS), noise, np.random.default_rng(0))


def blob(row: float, column: float, sigma: float = 2.5) -> np.ndarray:
    """Gaussian on the fine grid, its centre in pixel coordinates."""
    y, x = (((np.arange(FINE * n) + 0.5) / FINE - 0.5) for n in PIXELS)
    return np.exp(-((y[:, None] - row) ** 2 + (x[None] - column) ** 2) / (2 * sigma**2)).astype(np.float32)


def centre(image: np.ndarray) -> tuple[float, float]:
    y, x = np.indices(image.shape)
    return float((image * y).sum() / image.sum()), float((image * x).sum() / image.sum())


def test_water_stays_where_it_is_and_keeps_its_amplitude():
    water = blob(20, 17)
    image = read_out(water, np.zeros_like(water), make_acquisition(), make_scan())
    assert centre(image) == pytest.approx((20, 17), abs=0.05)
    assert image.max() == pytest.approx(1, abs=0.02)


def test_fat_is_displaced_to_the_back_along_the_columns():
    fat = blob(20, 17)
    acquisition = make_acquisition()
    image = read_out(np.zeros_like(fat), fat, acquisition, make_scan())
    assert centre(image) == pytest.approx((20, 17 + acquisition.protocol.fat_shift_mm), abs=0.05)


def test_uniform_object_stays_uniform():
    water = np.full(tuple(FINE * n for n in PIXELS), 0.4, np.float32)
    assert np.allclose(read_out(water, np.zeros_like(water), make_acquisition(), make_scan()), 0.4, atol=1e-4)


def test_noise_is_rician():
    empty = np.zeros(tuple(FINE * n for n in PIXELS), np.float32)
    scan = make_scan()
    acquisition = make_acquisition(noise=0.1)
    air = np.stack([read_out(empty, empty, acquisition, scan) for _ in range(20)])
    # The raw filter takes part of the noise's power away; the shape of the distribution stays Rayleigh's.
    assert air.mean() / air.std() == pytest.approx(np.sqrt(np.pi / (4 - np.pi)), rel=0.03)
    bright = read_out(empty + 1, empty, acquisition, scan)
    assert bright.std() == pytest.approx(air.std() / np.sqrt(2 - np.pi / 2), rel=0.1)
    assert 0.06 < bright.std() < 0.1


def test_fewer_phase_encodings_blur_along_the_rows_only():
    water = blob(20, 17, sigma=0.7)
    acquisition = make_acquisition()
    sharp = read_out(water, np.zeros_like(water), acquisition, make_scan())
    coarse = replace(acquisition, protocol=replace(acquisition.protocol, sampling_percent=50.0))
    blurred = read_out(water, np.zeros_like(water), coarse, make_scan())

    def width(image: np.ndarray, axis: int) -> int:
        return int((image.max(axis) > 0.5 * image.max()).sum())

    assert width(blurred, 1) > width(sharp, 1)
    assert width(blurred, 0) == width(sharp, 0)
