"""A volume in memory: an array and where it lies in the patient."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from nibabel.affines import voxel_sizes
from nibabel.orientations import aff2axcodes, apply_orientation, inv_ornt_aff, io_orientation

GRID_TOLERANCE_VOX = 0.1
"""How far corresponding corners of two grids may lie apart, in units of the smallest voxel edge.

Headers are written with six digits and more, so the same grid stored twice agrees a thousand times better than this,
while a tenth of a voxel is far below what a label's border can be trusted to.
"""


@dataclass(frozen=True)
class Grid:
    """Number of voxels and their place.

    Attributes:
        shape: voxels along i, j, k.
        affine: (4, 4) float64, voxel index -> millimetres in RAS+ (x to the right, y to the front, z to the head).
    """

    shape: tuple[int, ...]
    affine: np.ndarray

    @property
    def spacing_mm(self) -> tuple[float, ...]:
        """Edge lengths of a voxel along i, j, k."""
        return tuple(float(size) for size in voxel_sizes(self.affine))

    @property
    def orientation(self) -> str:
        """Where i, j, k point to, for example `PIR`."""
        return "".join(aff2axcodes(self.affine))


@dataclass(frozen=True)
class Volume:
    """An array of shape (I, J, K) and its (4, 4) affine to RAS+ millimetres."""

    data: np.ndarray
    affine: np.ndarray

    @property
    def grid(self) -> Grid:
        """The volume's grid."""
        return Grid(self.data.shape, self.affine)


def canonical_grid(grid: Grid) -> Grid:
    """The grid of a volume after `canonical`."""
    orientation = io_orientation(grid.affine)
    shape = tuple(grid.shape[axis] for axis in np.argsort(orientation[:, 0]))
    return Grid(shape, grid.affine @ inv_ornt_aff(orientation, grid.shape))


def canonical(volume: Volume) -> Volume:
    """The same voxels with the first axis to the right, the second to the front, the third to the head.

    Axes are permuted and flipped, nothing is resampled; an oblique volume stays oblique. It is the rule by which
    nnU-Net's NibabelIOWithReorient reads, so that what is stored this way is what the network sees.
    """
    orientation = io_orientation(volume.affine)
    affine = volume.affine @ inv_ornt_aff(orientation, volume.data.shape)
    return Volume(apply_orientation(volume.data, orientation), affine)


def grid_difference(image: Grid, mask: Grid, name: str = "image") -> str | None:
    """In which way the mask does not lie on the image's grid; None where it does (see `GRID_TOLERANCE_VOX`).

    Args:
        image: the grid that counts.
        mask: the other one.
        name: what to call the first in the text.
    """
    if image.shape != mask.shape:
        return f"size {_times(mask.shape)} does not fit the {name}'s {_times(image.shape)}"
    corners = np.array(np.meshgrid(*((0, n - 1) for n in image.shape), [1])).reshape(4, -1)
    shift_mm = np.abs((image.affine - mask.affine) @ corners)[:3].max()
    if shift_mm <= GRID_TOLERANCE_VOX * min(image.spacing_mm):
        return None
    return (
        f"does not lie where the {name} lies: corners up to {shift_mm:.3g} mm apart "
        f"(spacing {_numbers(mask.spacing_mm)} mm, {name} {_numbers(image.spacing_mm)}; "
        f"orientation {mask.orientation}, {name} {image.orientation}; "
        f"first voxel at {_numbers(mask.affine[:3, 3])} mm, {name} {_numbers(image.affine[:3, 3])})"
    )


def _times(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape))


def _numbers(values: np.ndarray | tuple[float, ...]) -> str:
    return "(" + ", ".join(f"{value:.5g}" for value in values) + ")"
