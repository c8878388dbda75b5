"""What lies around an image without having been measured: it stays 0, and no edge of it is blurred or moved.

nnU-Net crops to what is not 0 and may normalise by it, so an image must not get a frame of faint ringing or noise
where it had none.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import ndimage

WIDTH_MM = 15.0
"""Zeros count as padding where a square of this size holds nothing else; smaller patches are air without signal."""


def find_padding(data: np.ndarray, spacing_mm: Sequence[float], slice_axis: int) -> np.ndarray:
    """Wide areas of zeros that reach the border of their slice.

    Args:
        data: (X, Y, Z) intensities.
        spacing_mm: distance of voxels.
        slice_axis: axis across the slices.

    Returns:
        (X, Y, Z) bool.
    """
    square = [1 if axis == slice_axis else max(1, round(WIDTH_MM / mm)) for axis, mm in enumerate(spacing_mm)]
    # Beyond the border counts what lies at it, so that strips along the border need half of the width.
    wide = ndimage.grey_opening((data == 0).view(np.uint8), size=square, mode="nearest")
    areas, count = ndimage.label(wide, _within_slices(slice_axis))
    reaches_border = np.zeros(count + 1, bool)
    for axis in {0, 1, 2} - {slice_axis}:
        reaches_border[areas.take((0, -1), axis)] = True
    reaches_border[0] = False
    return reaches_border[areas]


def without_padding(data: np.ndarray, padding: np.ndarray, spacing_mm: Sequence[float]) -> np.ndarray:
    """The image continued into its padding by the nearest voxel that is none."""
    if not padding.any():
        return data
    nearest = ndimage.distance_transform_edt(padding, spacing_mm, return_distances=False, return_indices=True)
    return data[tuple(nearest)]


def _within_slices(slice_axis: int) -> np.ndarray:
    """Neighbours in the slice, without diagonals."""
    structure = ndimage.generate_binary_structure(3, 1)
    across = [1, 1, 1]
    for across[slice_axis] in (0, 2):
        structure[tuple(across)] = False
    return structure
