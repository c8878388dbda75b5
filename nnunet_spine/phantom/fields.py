"""Smooth random fields in world coordinates, so that two grids through one patient see the same texture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from nnunet_spine.phantom.geometry import Grid

LATTICE = (64, 64, 64)


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

    def sample(self, grid: Grid, stride: int = 1) -> np.ndarray:
        """Values on a grid, float32 of its shape.

        Args:
            grid: where.
            stride: only every such row and column is looked up, those between are interpolated linearly.
        """
        rows, columns = (-(-n // stride) + (stride > 1) for n in grid.shape[1:])
        matrix = grid.matrix / self.pitch_mm[:, None] * np.array([1, stride, stride])
        coarse = ndimage.affine_transform(
            self.values,
            matrix,
            grid.origin_mm / self.pitch_mm,
            (grid.shape[0], rows, columns),
            order=1,
            mode="grid-wrap",
        )
        if stride == 1:
            return coarse
        return _weights(grid.shape[1], rows, stride) @ coarse @ _weights(grid.shape[2], columns, stride).T


def _weights(fine: int, coarse: int, stride: int) -> np.ndarray:
    """(fine, coarse) matrix of linear interpolation."""
    position = np.arange(fine) / stride
    low = np.minimum(position.astype(int), coarse - 2)
    weights = np.zeros((fine, coarse), np.float32)
    weights[np.arange(fine), low] = 1 - (position - low)
    weights[np.arange(fine), low + 1] = position - low
    return weights
