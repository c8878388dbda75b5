"""How far the border of a prediction lies from that of the reference, and on which side of it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.spatial import cKDTree

from nnunet_spine.evaluation.surface import surface

NO_BORDER = np.float32(np.nan)
NO_REFERENCE = np.float32(np.inf)
"""Stands on the border of a predicted structure that the reference does not have."""


def border_distances(
    reference: np.ndarray, prediction: np.ndarray, values: Sequence[int], spacing_mm: Sequence[float]
) -> np.ndarray:
    """Signed distance of the prediction's contours in sagittal slices to the reference's surface of the same structure.

    The distance is Euclidean in 3D, between centres of voxels, to the surface as `evaluation.metric` defines it.

    Args:
        reference: integers (R, A, S).
        prediction: integers of the same shape.
        values: of the structures.
        spacing_mm: edges of a voxel.

    Returns:
        float32 (R, A, S), mm: above 0 outside the reference's structure (too large), below 0 within it (too small);
        `NO_REFERENCE` where the reference has no such structure, `NO_BORDER` (NaN) off the contours.
    """
    distances = np.full(reference.shape, NO_BORDER, np.float32)
    for value in values:
        predicted = prediction == value
        if predicted.any():
            box = _box(predicted | (reference == value))
            _measure(reference[box] == value, predicted[box], spacing_mm, distances[box])
    return distances


def _measure(true: np.ndarray, predicted: np.ndarray, spacing_mm: Sequence[float], distances: np.ndarray) -> None:
    """Write the distances of one structure's contours into their places."""
    contour = _contour(predicted)
    if not true.any():
        distances[contour] = NO_REFERENCE
        return
    far_mm = cKDTree(np.argwhere(_surface(true)) * spacing_mm).query(np.argwhere(contour) * spacing_mm)[0]
    distances[contour] = np.where(true[contour], -far_mm, far_mm)


def _surface(mask: np.ndarray) -> np.ndarray:
    """Its surface; axes of size 1 do not count."""
    return surface(mask.squeeze()).reshape(mask.shape)


def _contour(mask: np.ndarray) -> np.ndarray:
    """The voxels of every sagittal slice of a mask with an edge towards the outside."""
    return np.stack([surface(one) for one in mask])


def _box(mask: np.ndarray) -> tuple[slice, ...]:
    """The box around a mask."""
    extents = (np.flatnonzero(mask.any(axis=tuple({0, 1, 2} - {axis}))) for axis in range(3))
    return tuple(slice(int(one[0]), int(one[-1]) + 1) for one in extents)
