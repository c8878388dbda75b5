"""How far voxels of a box lie from a structure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import ndimage

from nnunet_spine.evaluation.failures.pieces import Box


def distances_mm(structure: np.ndarray, box: Box, border_mm: float, spacing_mm: Sequence[float]) -> np.ndarray:
    """Distance to the nearest voxel of a structure, right as far as it tells whether it exceeds a border.

    A voxel longer than the border counts as long as the border: one slice too many is no more than a wrong border,
    however thick slices are.

    Args:
        structure: bool (I, J, K).
        box: where to measure; what lies further than the border outside it is not looked at.
        border_mm: the border.
        spacing_mm: size of a voxel along each axis.

    Returns:
        float of the box's shape; infinite if there is nothing of the structure near.
    """
    step_mm = np.minimum(spacing_mm, border_mm)
    wider, inside = _grown(box, structure.shape, np.ceil(border_mm / step_mm).astype(int))
    near = structure[wider]
    if not near.any():
        return np.full(near[inside].shape, np.inf)
    return ndimage.distance_transform_edt(~near, sampling=step_mm)[inside]


def _grown(box: Box, shape: tuple[int, ...], margin: np.ndarray) -> tuple[Box, Box]:
    """A box grown by a margin within an array, and where the old one lies in it."""
    starts = [max(span.start - more, 0) for span, more in zip(box, margin, strict=True)]
    stops = [min(span.stop + more, size) for span, more, size in zip(box, margin, shape, strict=True)]
    wider = tuple(map(slice, starts, stops))
    inside = tuple(slice(span.start - start, span.stop - start) for span, start in zip(box, starts, strict=True))
    return wider, inside
