"""Mean and deviation of the voxels of one tissue in one image."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import ndimage

BORDER_MM = 1.0
"""So close to another tissue a voxel may hold both; SPIDER's borders are no better than a pixel either."""

CELL_MM = 20.0
"""Within a cube of this size coil sensitivity is nearly constant, and lies at most one level of the spine."""

FEWEST_VOXELS = 30
_TRIMMED_PERCENT = (5, 95)
_ONE_SIGMA_PERCENT = (15.866, 84.134)
"""Percentiles of a normal distribution one deviation below and above its mean."""


def inner(tissue: np.ndarray, spacing_mm: Sequence[float]) -> np.ndarray:
    """Voxels with nothing but their own tissue within `BORDER_MM` along any axis, against partial volume.

    Along an axis with voxels more than twice as long, across thick slices as a rule, neighbours do not count: lateral
    slices would be lost for it.

    Args:
        tissue: integers (I, J, K).
        spacing_mm: size of a voxel along each axis.

    Returns:
        bool (I, J, K).
    """
    window = [2 * round(BORDER_MM / mm) + 1 for mm in spacing_mm]
    return ndimage.minimum_filter(tissue, window) == ndimage.maximum_filter(tissue, window)


def mean_and_deviation(image: np.ndarray, mask: np.ndarray, spacing_mm: Sequence[float]) -> tuple[float, float]:
    """Robust mean of a tissue, and robust deviation of its voxels around the middle of their neighbourhood.

    The mean is that of the middle 90 % of the voxels. The deviation is half the distance between the 16th and the 84th
    percentile, which for a normal distribution is its standard deviation, and is taken after subtracting from every
    voxel the median of its cube of `CELL_MM`. So it is noise and texture; the fall-off of the coil and the difference
    between levels, which the generator adds on its own, are not in it.

    Args:
        image: float (I, J, K).
        mask: bool (I, J, K), at least one voxel.
        spacing_mm: size of a voxel along each axis.
    """
    values = image[mask].astype(np.float64)
    low, high = np.percentile(values, _TRIMMED_PERCENT)
    mean = values[(values >= low) & (values <= high)].mean()
    cell = _cells(mask, spacing_mm)
    numbers, place = np.unique(cell, return_inverse=True)
    low, high = np.percentile(values - ndimage.median(values, cell, numbers)[place], _ONE_SIGMA_PERCENT)
    # Everything that is subtracted takes a degree of freedom.
    free = max(len(values) - len(numbers), 1)
    return float(mean), float((high - low) / 2 * np.sqrt(len(values) / free))


def _cells(mask: np.ndarray, spacing_mm: Sequence[float]) -> np.ndarray:
    """Number of the cube that each voxel of the mask lies in."""
    places = [(index * (mm / CELL_MM)).astype(np.intp) for index, mm in zip(np.nonzero(mask), spacing_mm, strict=True)]
    return np.ravel_multi_index(places, [int(places_of_axis.max()) + 1 for places_of_axis in places])
