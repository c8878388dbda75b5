"""Distances between the surfaces of two masks: measured once, all metrics of them afterwards.

The definitions stand in `metric.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from nnunet_spine.evaluation.metric import UNDEFINED

_PERCENTILE = 95

_ROUNDING = 1e-6
"""Headers hold spacing in single precision: ten voxels of 0.1 mm are 1.00000001 mm."""


@dataclass(frozen=True)
class SurfaceDistances:
    """For each voxel of a surface the distance to the other surface (mm).

    Attributes:
        reference_mm: (N,) of the voxels of the reference's surface.
        prediction_mm: (M,) of those of the prediction's.

    One of them is empty where a mask is; distances to nothing are infinite.
    """

    reference_mm: np.ndarray
    prediction_mm: np.ndarray

    @property
    def hd_mm(self) -> float:
        """The largest distance of all; NaN if a mask is empty."""
        return self._larger(np.max)

    @property
    def hd95_mm(self) -> float:
        """The larger of the two directed 95th percentiles; NaN if a mask is empty."""
        return self._larger(lambda distances: np.percentile(distances, _PERCENTILE))

    @property
    def assd_mm(self) -> float:
        """The mean over the voxels of both surfaces together; NaN if a mask is empty."""
        if self._one_is_empty:
            return UNDEFINED
        total_mm = self.reference_mm.sum() + self.prediction_mm.sum()
        return float(total_mm / (self.reference_mm.size + self.prediction_mm.size))

    def nsd(self, tolerance_mm: float) -> float:
        """Share of the voxels of both surfaces within the tolerance; 0 if one mask is empty, NaN if both are."""
        count = self.reference_mm.size + self.prediction_mm.size
        limit_mm = tolerance_mm * (1 + _ROUNDING)
        within = sum(int((one <= limit_mm).sum()) for one in (self.reference_mm, self.prediction_mm))
        return within / count if count else UNDEFINED

    @property
    def _one_is_empty(self) -> bool:
        return not (self.reference_mm.size and self.prediction_mm.size)

    def _larger(self, measure) -> float:
        if self._one_is_empty:
            return UNDEFINED
        return float(max(measure(self.reference_mm), measure(self.prediction_mm)))


def surface_distances(reference: np.ndarray, prediction: np.ndarray, spacing_mm: Sequence[float]) -> SurfaceDistances:
    """The distances between the surfaces of two masks.

    Masks may be cut to a box around both, with a margin of one voxel where the image has room for it.

    Args:
        reference: bool, 2D or 3D.
        prediction: bool of the same shape.
        spacing_mm: edge of a voxel along each axis.
    """
    spacing = np.array([mm for mm, n in zip(spacing_mm, reference.shape, strict=True) if n > 1])
    surfaces = [surface(mask.squeeze()) for mask in (reference, prediction)]
    points = [np.argwhere(one) * spacing for one in surfaces]
    return SurfaceDistances(*(_nearest(*pair) for pair in (points, points[::-1])))


def surface(mask: np.ndarray) -> np.ndarray:
    """The voxels of a mask with a face towards voxels outside it, or towards the end of the array."""
    inner = mask.copy()
    for axis in range(mask.ndim):
        inside, along = np.moveaxis(inner, axis, 0), np.moveaxis(mask, axis, 0)
        inside[1:] &= along[:-1]
        inside[:-1] &= along[1:]
        inside[[0, -1]] = False
    return mask & ~inner


def _nearest(points: np.ndarray, others: np.ndarray) -> np.ndarray:
    if not (len(points) and len(others)):
        return np.full(len(points), np.inf)
    return cKDTree(others).query(points)[0]
