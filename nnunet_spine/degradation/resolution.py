"""What an acquisition of coarser voxels would have seen, on the grid of the source.

In the slice, a scanner measures k-space up to half a cycle per voxel and tapers what it has against ringing. An
acquisition of voxels `factor` times as large therefore is the image without the frequencies beyond 1 / (2 factor) cycle
per voxel, and nothing aliases, because nothing beyond was measured. Sampled on its own grid and interpolated back by
filling k-space with zeros, as scanners do, it is the same image again: so neither is carried out, no factor needs to
be whole, and no voxel can be off by a half.

Across slices nothing limits the band. A slice is the mean over its thickness, so a slice `factor` times as thick is the
mean of the slices that it covers, and it is shown in all of them: nnU-Net repeats thick slices too when it brings them
to a finer spacing (order 0, where spacings differ more than threefold).
"""

from __future__ import annotations

import math

import numpy as np
from scipy import fft

from nnunet_spine.degradation.scan import Scan

TAPER = 0.5
"""Share of the frequencies, the high ones, over which the window of k-space falls from 1 to 0 (Tukey window)."""


def coarser_in_plane(scan: Scan, factor: float) -> np.ndarray:
    """Voxels `factor` times as large along both axes of the slice; magnitudes, as a scanner stores them."""
    data = scan.data
    for axis in scan.in_plane:
        data = low_pass(data, axis, factor)
    return np.abs(data)


def thicker_slices(scan: Scan, factor: float) -> np.ndarray:
    """Slices `factor` times as thick, without gaps."""
    share = shares_of_thick_slices(scan.data.shape[scan.slice_axis], factor)
    return np.moveaxis(np.tensordot(share, scan.data, (1, scan.slice_axis)), 0, scan.slice_axis)


def coarser_voxels(scan: Scan, factor: float) -> np.ndarray:
    """Voxels `factor` times as large along all three axes."""
    data = thicker_slices(scan, factor)
    for axis in scan.in_plane:
        data = low_pass(data, axis, factor)
    return np.abs(data)


def low_pass(data: np.ndarray, axis: int, factor: float) -> np.ndarray:
    """Take the frequencies along an axis that an acquisition of larger voxels does not measure.

    By the cosine transform, which continues the image beyond its border by its mirror image; the Fourier transform
    would continue it by its opposite border. The image went through such a window when it was acquired, so the new
    window is divided by that of the voxels it has: as the factor goes to 1, the image goes to itself.

    Args:
        data: array of real numbers.
        axis: the axis.
        factor: size of the voxels, in voxels; more than 1.
    """
    size = data.shape[axis]
    spectrum = fft.dct(data, axis=axis, norm="ortho")
    of_nyquist = np.arange(size) / size
    share = window(of_nyquist * factor) / window(of_nyquist)
    spectrum *= np.expand_dims(share, [other for other in range(data.ndim) if other != axis])
    return fft.idct(spectrum, axis=axis, norm="ortho", overwrite_x=True)


def window(of_nyquist: np.ndarray) -> np.ndarray:
    """Share of a frequency that is left; Harris, Proc IEEE 66, 1978 (Tukey window).

    Args:
        of_nyquist: the frequency, as a share of the highest that is measured.
    """
    into_taper = np.clip((of_nyquist - (1 - TAPER)) / TAPER, 0, 1)
    return np.where(of_nyquist < 1, np.cos(math.pi / 2 * into_taper) ** 2, 0.0)


def shares_of_thick_slices(count: int, factor: float) -> np.ndarray:
    """What each slice shows of each slice of the source.

    The thick slices lie side by side, their middle at the middle of the volume; the outer ones may reach beyond it and
    are the mean of what they cover. A slice of the source that two of them share shows both, each as far as it reaches.

    Args:
        count: number of slices.
        factor: thickness of the new ones, in slices.

    Returns:
        (count, count); symmetric, and each row and each column sums to 1.
    """
    thick = math.ceil(count / factor)
    edges, thick_edges = np.arange(count + 1) - count / 2, factor * (np.arange(thick + 1) - thick / 2)
    start = np.maximum(thick_edges[:-1, None], edges[:-1])
    end = np.minimum(thick_edges[1:, None], edges[1:])
    overlap = np.clip(end - start, 0, None)
    return overlap.T @ (overlap / overlap.sum(axis=1, keepdims=True))
