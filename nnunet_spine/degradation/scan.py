"""A scan as the degradations see it: axes of the body, double precision, padding set aside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from nibabel.orientations import apply_orientation, io_orientation, ornt_transform

from nnunet_spine.dataset_conversion.volume import Grid, Volume, canonical
from nnunet_spine.degradation.padding import find_padding, without_padding

_LEFT_RIGHT = 0
_RAS = np.array([[0, 1], [1, 1], [2, 1]])
_SAME = 1.01
"""Spacings whose ratio is below this are the same, written with few digits."""


@dataclass(frozen=True)
class Scan:
    """An image to degrade.

    Attributes:
        data: (X, Y, Z) float64, none below 0; axes to the right, to the front, to the head. Padding is filled with what
            lies next to it, since the border of padding is no edge that a scanner has seen.
        spacing_mm: distance of voxels along each axis.
        slice_axis: axis across the slices.
        padding: (X, Y, Z) bool, what was not measured.
        affine: (4, 4) of the image file.
    """

    data: np.ndarray
    spacing_mm: tuple[float, ...]
    slice_axis: int
    padding: np.ndarray
    affine: np.ndarray

    @property
    def in_plane(self) -> tuple[int, int]:
        """The axes of a slice."""
        first, second = (axis for axis in range(3) if axis != self.slice_axis)
        return first, second

    def as_stored(self, data: np.ndarray) -> Volume:
        """Degraded intensities as float32 in the file's order of axes; padding is 0 as before."""
        back = ornt_transform(_RAS, io_orientation(self.affine))
        kept = np.where(self.padding, 0, data).astype(np.float32)
        return Volume(apply_orientation(kept, back), self.affine)


def scan_of(volume: Volume) -> Scan:
    """Prepare a volume.

    Raises:
        ValueError: for intensities that are not finite, are below 0, or are 0 everywhere.
    """
    check_intensities(volume.data)
    upright = canonical(volume)
    spacing_mm = upright.grid.spacing_mm
    axis = slice_axis(upright.grid)
    data = np.ascontiguousarray(upright.data, np.float64)
    padding = find_padding(data, spacing_mm, axis)
    return Scan(without_padding(data, padding, spacing_mm), spacing_mm, axis, padding, volume.affine)


def check_intensities(data: np.ndarray) -> None:
    """Refuse what is not the magnitude of a signal.

    Raises:
        ValueError: saying what it is.
    """
    wrong = data.size - int(np.isfinite(data).sum())
    if wrong:
        raise ValueError(f"expected finite intensities, {wrong} voxels are NaN or infinite")
    if data.min() < 0:
        raise ValueError(
            f"expected intensities of 0 and more, as `nnunet-spine prepare` makes them, got {data.min():g} "
            f"({np.count_nonzero(data < 0)} voxels are negative)"
        )
    if data.max() == 0:
        raise ValueError("expected an image, all of its voxels are 0")


def slice_axis(grid: Grid) -> int:
    """The axis across slices: that of a single slice, else that of the largest spacing.

    Where the largest spacing is that of several axes, as of isotropic 3D sequences, it is the left-right one: images of
    the spine are read in sagittal slices.

    Args:
        grid: with axes of the body.
    """
    single = [axis for axis, size in enumerate(grid.shape) if size == 1]
    candidates = single or _largest(grid.spacing_mm)
    return _LEFT_RIGHT if _LEFT_RIGHT in candidates else candidates[0]


def _largest(spacing_mm: Sequence[float]) -> list[int]:
    return [axis for axis, spacing in enumerate(spacing_mm) if spacing * _SAME >= max(spacing_mm)]
