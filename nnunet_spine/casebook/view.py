"""Which part of a volume is shown: some sagittal slices, cut to the spine, as a radiologist looks at them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

_FINEST_MM = 0.35
"""Voxels are left out where they lie closer, so that a page stays small."""


@dataclass(frozen=True)
class View:
    """Sagittal slices of a volume in RAS order.

    Attributes:
        slices: indices along the first axis, ascending.
        back_front: part of the second axis, as a slice with a step.
        foot_head: part of the third.
        pixel_mm: height and width of a pixel.
    """

    slices: np.ndarray
    back_front: slice
    foot_head: slice
    pixel_mm: tuple[float, float]

    @property
    def is_thinned(self) -> bool:
        """Whether voxels in between are left out."""
        return max(self.back_front.step, self.foot_head.step) > 1

    def of(self, volume: np.ndarray) -> np.ndarray:
        """The slices of a volume: head up, front to the left.

        Returns:
            (slices, rows, columns).
        """
        shown = volume[self.slices][:, self.back_front, self.foot_head]
        return np.ascontiguousarray(shown.swapaxes(1, 2)[:, ::-1, ::-1])


def view_of(labelled: np.ndarray, worst: int, spacing_mm: Sequence[float], most_slices: int, margin_mm: float) -> View:
    """The part of a volume that holds what is labelled.

    Args:
        labelled: bool (R, A, S): labelled in the reference or in a prediction.
        worst: index of the sagittal slice that must be among those shown.
        spacing_mm: edges of a voxel.
        most_slices: number of slices at most; where more are labelled, evenly spaced ones are taken.
        margin_mm: around what is labelled.

    Returns:
        A view of all where nothing is labelled.
    """
    (first, last), *plane = (_extent(labelled, axis) for axis in range(3))
    steps = [max(1, int(_FINEST_MM / mm)) for mm in spacing_mm[1:]]
    back_front, foot_head = (
        _widened(*extent, size, margin_mm / mm, step)
        for extent, size, mm, step in zip(plane, labelled.shape[1:], spacing_mm[1:], steps, strict=True)
    )
    slices = _slices(min(first, worst), max(last, worst), worst, most_slices)
    return View(slices, back_front, foot_head, (spacing_mm[2] * steps[1], spacing_mm[1] * steps[0]))


def _extent(labelled: np.ndarray, axis: int) -> tuple[int, int]:
    """First and last index along an axis with something labelled; all of it where nothing is."""
    found = np.flatnonzero(labelled.any(axis=tuple({0, 1, 2} - {axis})))
    return (int(found[0]), int(found[-1])) if found.size else (0, labelled.shape[axis] - 1)


def _widened(first: int, last: int, size: int, margin_vox: float, step: int) -> slice:
    return slice(max(0, first - round(margin_vox)), min(size, last + 1 + round(margin_vox)), step)


def _slices(first: int, last: int, worst: int, most: int) -> np.ndarray:
    count = last - first + 1
    if count <= most:
        return np.arange(first, last + 1)
    slices = np.round(np.linspace(first, last, most)).astype(int)
    slices[np.abs(slices - worst).argmin()] = worst
    return slices
