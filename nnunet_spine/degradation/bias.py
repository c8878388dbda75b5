"""Uneven sensitivity of the receiving coil."""

from __future__ import annotations

import math

import numpy as np

from nnunet_spine.degradation.scan import Scan

WAVES = 8
"""Plane waves of random direction whose sum is the field."""

WAVELENGTHS_MM = (200.0, 500.0)
"""Their lengths: a field of view holds one or two, a vertebra a small part of one."""


def uneven_sensitivity(scan: Scan, level: float, rng: np.random.Generator) -> np.ndarray:
    """Multiply by a smooth field; the mean of the image stays.

    Args:
        scan: the image.
        level: range of the field over what was measured, as a share of the middle of this range, so that its maximum
            is (1 + level/2) / (1 - level/2) times its minimum; below 2. BrainWeb states its non-uniformity so, with a
            field from 1 - level/2 to 1 + level/2 (Kwan et al., IEEE Trans Med Imaging 18, 1999; 0.2 and 0.4 are usual).
            Here the field is scaled as a whole on top of that, so that the mean of the image stays.
        rng: of the field, whose pattern does not depend on the level.
    """
    field = 1 + level * _unit_field(scan, rng)
    measured = ~scan.padding
    before, after = scan.data[measured].sum(), (field * scan.data)[measured].sum()
    return scan.data * field * (before / after)


def _unit_field(scan: Scan, rng: np.random.Generator) -> np.ndarray:
    """(X, Y, Z) field from -1/2 to 1/2."""
    direction = rng.standard_normal((WAVES, 3))
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    waves_per_mm = direction / rng.uniform(*WAVELENGTHS_MM, (WAVES, 1))
    phase = rng.uniform(0, 2 * math.pi, WAVES)
    x, y, z = (
        np.exp(2j * math.pi * np.outer(waves_per_mm[:, axis], (np.arange(size) - (size - 1) / 2) * spacing))
        for axis, (size, spacing) in enumerate(zip(scan.data.shape, scan.spacing_mm, strict=True))
    )
    x *= np.exp(1j * phase)[:, None]
    slices = (y[:, :, None] * z[:, None, :]).reshape(WAVES, -1)
    # The real part of the product of both, without its imaginary part, which would double time and memory.
    field = (x.real.T @ slices.real - x.imag.T @ slices.imag).reshape(scan.data.shape)
    low, high = field[~scan.padding].min(), field[~scan.padding].max()
    return (field - (low + high) / 2) / max(high - low, np.finfo(float).tiny)
