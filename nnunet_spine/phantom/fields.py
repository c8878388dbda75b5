"""Smooth random fields in world coordinates, so that two grids through one patient see the same texture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from nnunet_spine.phantom.geometry import Grid

LATTICE = (64, 64, 64)
STEP_PER_NODE, MAX_STRIDE = 1.6, 16
"""How sparsely a field is looked up, in lattice nodes and in grid elements; a grain is three nodes wide."""


@dataclass(frozen=True)
class Field:
    """Periodic Gaussian random field of mean 0 and variance 1 on a lattice.

    Attributes:
        values: float32 lattice.
        pitch_mm: (3,) lattice spacing along x, y and z.
    """

    values: np.ndarray
    pitch_mm: np.ndarray

    @classmethod
    def draw(cls, rng: np.random.Generator, grain_mm: tuple[float, float, float]) -> Field:
        """A field whose grains measure about `grain_mm` along x, y and z.

        The lattice has three nodes per grain and is smoothed over one and a half of them, so that linear interpolation
        between the nodes leaves no facets to be seen.
        """
        values = ndimage.gaussian_filter(rng.standard_normal(LATTICE, np.float32), 1.5, mode="wrap")
        return cls((values - values.mean()) / values.std(), np.asarray(grain_mm, float) / 3)

    def sample(self, grid: Grid) -> np.ndarray:
        """Values on a grid, float32 of its shape.

        Where grains are much larger than the grid's elements, only some rows and columns are looked up and those
        between are interpolated.
        """
        stride = int(np.clip(STEP_PER_NODE * self.pitch_mm.min() / grid.spacing_mm[1:].max(), 1, MAX_STRIDE))
        rows, columns = (-(-n // stride) + (stride > 1) for n in grid.shape[1:])
        coarse = ndimage.affine_transform(
            self.values,
            grid.matrix / self.pitch_mm[:, None] * np.array([1, stride, stride]),
            grid.origin_mm / self.pitch_mm,
            (grid.shape[0], rows, columns),
            order=1,
            mode="grid-wrap",
        )
        if stride == 1:
            return coarse
        return _refine(_refine(coarse, 1, stride), 2, stride)[:, : grid.shape[1], : grid.shape[2]]


def _refine(coarse: np.ndarray, axis: int, stride: int) -> np.ndarray:
    """Interpolate linearly along one axis: (n - 1) * stride values from n."""
    first = np.moveaxis(coarse, axis, -1)[..., :-1]
    step = np.diff(np.moveaxis(coarse, axis, -1), axis=-1)
    fine = np.empty((*first.shape, stride), np.float32)
    for phase in range(stride):
        fine[..., phase] = first + np.float32(phase / stride) * step
    return np.moveaxis(fine.reshape(*first.shape[:-1], -1), -1, axis)
