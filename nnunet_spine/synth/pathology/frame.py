"""A lesion's view of one sample: where it is, which voxels it may change, and where they lie as seen from it."""

from __future__ import annotations

import math
from functools import cached_property
from typing import NamedTuple

import numpy as np

from nnunet_spine.synth.pathology.arrays import Array, Number
from nnunet_spine.synth.pathology.profiles import plateau

EVERY = 8
"""Distance in voxels at which positions are looked at to find a neighbourhood."""

SLICES_FALL_MM = 10.0
MOST_SLICES_MM = 20.0
"""Largest distance from the slice of the focus within which a lesion is not weakened."""

Axis = tuple[Number, Number]
"""A direction within the slice."""

Reach = tuple[Number, Number]
"""Distances in mm along ap and along cc from which on a lesion changes nothing."""


class Focus(NamedTuple):
    """Where a lesion is.

    Attributes:
        present: 1, or 0 where the structure or the canal is missing: a lesion has no strength there.
        centre_mm: along every axis, from the centre of the map.
        ap: unit vector within the slice, towards the canal.
        cc: unit vector perpendicular to it, away from the centre of the map.
        half_height_mm: half of the structure's extent along cc.
        half_depth_mm: half of its extent along ap.
        canal_mm: distances along ap at which the canal begins and ends.
    """

    present: Number
    centre_mm: tuple[Number, ...]
    ap: Axis
    cc: Axis
    half_height_mm: Number
    half_depth_mm: Number
    canal_mm: tuple[Number, Number]


class Frame:
    """Positions seen from a focus.

    Args:
        positions: (*S, d) in mm from the centre of the map.
        focus: of the lesion.
    """

    def __init__(self, positions: Array, focus: Focus) -> None:
        self.positions = positions
        self.focus = focus

    @cached_property
    def ap(self) -> Array:
        """Distance from the focus along its axis of that name, (*S) in mm."""
        return self._along(self.focus.ap)

    @cached_property
    def cc(self) -> Array:
        """The same along the other axis."""
        return self._along(self.focus.cc)

    def _along(self, axis: Axis) -> Array:
        *_, row, column = self.focus.centre_mm
        distance = self.positions[..., -2] * axis[0]
        distance += self.positions[..., -1] * axis[1]
        distance -= row * axis[0] + column * axis[1]
        return distance

    def move(self, axis: Axis, distance: Array) -> None:
        """Add distances (*S) along an axis of the slice to the positions."""
        for k in (-2, -1):
            self.positions[..., k] += distance * axis[k]

    def over_slices(self, weight: Array, flat_mm: float) -> Array:
        """Weaken a weight (*S), in place, further than a distance from the slice of the focus; 3D only.

        The distance is at most `MOST_SLICES_MM`.
        """
        if self.positions.shape[-1] == 3:
            weight *= plateau(self.positions[..., 0] - self.focus.centre_mm[0], flat_mm, SLICES_FALL_MM)
        return weight


def neighbourhood(positions: Array, focus: Focus, reach_mm: Reach) -> tuple[slice, ...]:
    """Slices of the voxels whose positions (*S, d) may lie within reach of the focus.

    For a tensor on a device these are all voxels: to know more one would have to wait for it.
    """
    everything = (slice(None),) * (positions.ndim - 1)
    unknown = not isinstance(positions, np.ndarray)
    if unknown or min(positions.shape[-3:-1]) <= EVERY or math.inf in reach_mm:
        return everything
    inplane = (abs(a) * reach_mm[0] + abs(c) * reach_mm[1] for a, c in zip(focus.ap, focus.cc, strict=True))
    reaches, near = (MOST_SLICES_MM + SLICES_FALL_MM, *inplane), True
    for k in range(-positions.shape[-1], 0):
        coarse = positions[..., ::EVERY, ::EVERY, k].copy()
        near = (abs(coarse - focus.centre_mm[k]) <= reaches[k] + _largest_step(coarse)) & near
    near = near.reshape(-1, *near.shape[-2:]).any(0)
    return (*everything[2:], _span(near.any(1)), _span(near.any(0)))


def _largest_step(coarse: np.ndarray) -> np.floating:
    """How far a voxel may be from the one that is looked at before it: no further than the next, at the worst place."""
    rows, columns = coarse[..., 1:, :] - coarse[..., :-1, :], coarse[..., 1:] - coarse[..., :-1]
    return abs(rows).max() + abs(columns).max()


def _span(near: np.ndarray) -> slice:
    """From the first to the last place that is set, each standing for the voxels from it on."""
    places = np.flatnonzero(near)
    return slice(int(places[0]) * EVERY, (int(places[-1]) + 1) * EVERY) if len(places) else slice(0, 0)
