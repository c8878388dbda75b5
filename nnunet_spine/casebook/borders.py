"""How far the contours of one label map lie from the other label map, and on which side."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.spatial import cKDTree

from nnunet_spine.evaluation.surface import surface

NO_BORDER = np.float32(np.nan)
NO_STRUCTURE = np.float32(np.inf)
"""Stands on the contour of a structure that the other label map does not have."""


def border_distances(
    drawn: np.ndarray, other: np.ndarray, values: Sequence[int], spacing_mm: Sequence[float]
) -> np.ndarray:
    """Signed distance of contours in sagittal slices to the surface of the same structure in the other label map.

    Distances are Euclidean between centres of voxels, to the surface as the scores have it (`evaluation.surface`): in
    3D, or in 2D where the volume is a single slice.

    Args:
        drawn: whose contours are measured, integers (R, A, S).
        other: what they are measured to, of the same shape.
        values: of the structures.
        spacing_mm: edges of a voxel.

    Returns:
        float32 (R, A, S), mm: above 0 outside the other's structure, below 0 within it; `NO_STRUCTURE` where the other
        has none, `NO_BORDER` (NaN) off the contours.
    """
    distances = np.full(drawn.shape, NO_BORDER, np.float32)
    for value in values:
        mask = drawn == value
        if mask.any():
            box = _box(mask | (other == value))
            _measure(mask[box], other[box] == value, spacing_mm, distances[box])
    return distances


def _measure(drawn: np.ndarray, other: np.ndarray, spacing_mm: Sequence[float], distances: np.ndarray) -> None:
    """Write the distances of one structure's contours into their places."""
    contour = _contour(drawn)
    if not other.any():
        distances[contour] = NO_STRUCTURE
        return
    far_mm = cKDTree(np.argwhere(_surface(other)) * spacing_mm).query(np.argwhere(contour) * spacing_mm)[0]
    distances[contour] = np.where(other[contour], -far_mm, far_mm)


def _surface(mask: np.ndarray) -> np.ndarray:
    """Its surface; axes along which the volume has one voxel do not count."""
    return surface(mask.squeeze()).reshape(mask.shape)


def _contour(mask: np.ndarray) -> np.ndarray:
    """The voxels of every sagittal slice of a mask with an edge towards the outside."""
    return np.stack([surface(one) for one in mask])


def _box(mask: np.ndarray) -> tuple[slice, ...]:
    """The box around a mask with a margin of a voxel, so that only what is flat in the volume is flat in the box."""
    extents = (np.flatnonzero(mask.any(axis=tuple({0, 1, 2} - {axis}))) for axis in range(3))
    return tuple(slice(max(int(one[0]) - 1, 0), int(one[-1]) + 2) for one in extents)
