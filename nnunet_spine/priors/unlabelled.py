"""Unlabelled tissue, divided as the generator divides it: at random quantiles of the slightly smoothed image."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from nnunet_spine.priors.tissue import FEWEST_VOXELS

_DIVISIONS = 50
"""So many random divisions of an image: about 400 regions, whose distribution hardly depends on chance any more."""

_MOST_VOXELS = 300_000
_FWHM_OF_SIGMA = 2.3548


@dataclass(frozen=True)
class Division:
    """How the generator divides unlabelled tissue.

    Attributes:
        fewest: smallest number of regions.
        most: largest number.
        guide_mm: resolution within the slice of the image whose quantiles are the borders.
    """

    fewest: int
    most: int
    guide_mm: float


def smoothed(image: np.ndarray, spacing_mm: Sequence[float], fwhm_mm: float) -> np.ndarray:
    """The image at a coarser resolution within the slice, whose axes are all but that of the longest voxels."""
    sigma = [fwhm_mm / _FWHM_OF_SIGMA / mm for mm in spacing_mm]
    sigma[int(np.argmax(spacing_mm))] = 0
    return ndimage.gaussian_filter(image, sigma, truncate=3)


def region_statistics(values: np.ndarray, guide: np.ndarray, division: Division) -> tuple[np.ndarray, np.ndarray]:
    """Means and deviations of the regions that many divisions make.

    Args:
        values: intensities (N,).
        guide: what is divided at its quantiles, (N,).
        division: the number of regions; cuts are uniform among the quantiles and the same in every image.

    Returns:
        (R,) means and (R,) deviations.
    """
    step = -(-len(values) // _MOST_VOXELS)
    ordered = values[::step][np.argsort(guide[::step], kind="stable")].astype(np.float64)
    start, end = _borders(len(ordered), division)
    large = end - start >= FEWEST_VOXELS
    start, end = start[large], end[large]
    sums, squares = (np.concatenate(([0.0], np.cumsum(ordered**power))) for power in (1, 2))
    mean = (sums[end] - sums[start]) / (end - start)
    variance = (squares[end] - squares[start]) / (end - start) - mean**2
    return mean, np.sqrt(np.maximum(variance, 0))


def _borders(n: int, division: Division) -> tuple[np.ndarray, np.ndarray]:
    """First voxel and end of every region of all divisions."""
    rng = np.random.default_rng(0)
    start, end = [], []
    for _ in range(_DIVISIONS):
        cuts = np.sort(rng.random(rng.integers(division.fewest, division.most, endpoint=True) - 1))
        edges = np.concatenate(([0], np.rint(cuts * n).astype(int), [n]))
        start.append(edges[:-1])
        end.append(edges[1:])
    return np.concatenate(start), np.concatenate(end)
