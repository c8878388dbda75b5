"""Distances between the surfaces of two masks: measured once, all metrics of them afterwards.

The definitions stand in `metric.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.spatial import cKDTree

from nnunet_spine.evaluation.metric import UNDEFINED

_PERCENTILE = 95

_ROUNDING = 1e-6
"""Headers hold spacing in single precision, in which ten voxels of 0.1 mm are more than 1 mm."""

_REACH, _PLACES = 8, 197
"""How far to look around a voxel, in its smallest edge, and at how many places at most: as many as a plane has."""


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

    def _larger(self, measure: Callable[[np.ndarray], float]) -> float:
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
    spacing = tuple(float(mm) for mm, n in zip(spacing_mm, reference.shape, strict=True) if n > 1)
    surfaces = surface(reference.squeeze()), surface(prediction.squeeze())
    return SurfaceDistances(_to_nearest(*surfaces, spacing), _to_nearest(*surfaces[::-1], spacing))


def surface(mask: np.ndarray) -> np.ndarray:
    """The voxels of a mask with a face towards voxels outside it, or towards the end of the array."""
    inner = mask.copy()
    for axis in range(mask.ndim):
        inside, along = np.moveaxis(inner, axis, 0), np.moveaxis(mask, axis, 0)
        inside[1:] &= along[:-1]
        inside[:-1] &= along[1:]
        inside[[0, -1]] = False
    return mask & ~inner


def _to_nearest(voxels: np.ndarray, others: np.ndarray, spacing_mm: tuple[float, ...]) -> np.ndarray:
    """Distance (mm) of each of these voxels to the nearest of the others, in no order.

    Surfaces mostly lie close to each other. So the nearest places around all voxels are looked at first, and only what
    has found nothing there asks a tree. Distance transforms of the whole box give the same and make the score of a case
    take six times as long (benchmarks/evaluation.py).
    """
    if not others.any():
        return np.full(np.count_nonzero(voxels), np.inf)
    offsets, distances_mm = _nearest_places(spacing_mm)
    margins = [(n, n) for n in np.abs(offsets).max(0)]
    voxels, others = np.pad(voxels, margins), np.pad(others, margins)
    left, found = np.flatnonzero(voxels), []
    for step, distance_mm in zip(offsets @ others.strides, distances_mm, strict=True):
        hit = others.ravel()[left + step]
        found.append(np.full(np.count_nonzero(hit), distance_mm))
        left = left[~hit]
    return np.concatenate([*found, _by_tree(left, others, spacing_mm)])


@cache
def _nearest_places(spacing_mm: tuple[float, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Offsets (N, D) in voxels to the places around a voxel and their distances (N,) in mm, itself first."""
    around = np.arange(-_REACH, _REACH + 1)
    offsets = np.stack(np.meshgrid(*[around] * len(spacing_mm), indexing="ij"), -1).reshape(-1, len(spacing_mm))
    distances_mm = np.linalg.norm(offsets * spacing_mm, axis=1)
    reached = np.count_nonzero(distances_mm <= _REACH * min(spacing_mm) * (1 + _ROUNDING))
    nearest = np.argsort(distances_mm, kind="stable")[: min(reached, _PLACES)]
    return offsets[nearest], distances_mm[nearest]


def _by_tree(places: np.ndarray, others: np.ndarray, spacing_mm: tuple[float, ...]) -> np.ndarray:
    """Distance (mm) of flat indices to the nearest voxel of a mask."""
    if not places.size:
        return np.zeros(0)
    points, targets = (
        np.stack(np.unravel_index(flat, others.shape), 1) * spacing_mm for flat in (places, np.flatnonzero(others))
    )
    # Built so it is twice as fast as with scipy's defaults, which suit fewer questions to a tree.
    return cKDTree(targets, leafsize=64, balanced_tree=False, compact_nodes=False).query(points)[0]
