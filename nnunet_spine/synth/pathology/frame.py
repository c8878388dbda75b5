"""A lesion's view of one sample: where it is, which voxels it may change, and where they lie as seen from it."""

from __future__ import annotations

import math
from functools import cached_property
from typing import NamedTuple

import numpy as np
import torch

from nnunet_spine.synth.pathology.profiles import Number, plateau

EVERY = 8
"""Distance in voxels at which positions are looked at to find a neighbourhood."""

SLICES_FALL_MM = 10.0


Axis = tuple[torch.Tensor, torch.Tensor]
"""A direction within the slice."""

Reach = tuple[Number, Number]
"""Distances in mm along ap and along cc from which on a lesion changes nothing."""


class Focus(NamedTuple):
    """Where a lesion is: tensors of one number each, on the device.

    Attributes:
        present: 1, or 0 where the structure or the canal is missing: a lesion has no strength there.
        centre_mm: along every axis, from the centre of the map.
        ap: unit vector within the slice, towards the canal.
        cc: unit vector perpendicular to it, away from the centre of the map.
        half_height_mm: half of the structure's extent along cc.
        half_depth_mm: half of its extent along ap.
        canal_mm: distances along ap at which the canal begins and ends.
    """

    present: torch.Tensor
    centre_mm: tuple[torch.Tensor, ...]
    ap: Axis
    cc: Axis
    half_height_mm: torch.Tensor
    half_depth_mm: torch.Tensor
    canal_mm: tuple[torch.Tensor, torch.Tensor]


class Frame:
    """Positions seen from a focus.

    Args:
        positions: (*S, d) in mm from the centre of the map.
        focus: of the lesion.
    """

    def __init__(self, positions: torch.Tensor, focus: Focus) -> None:
        self.positions = positions
        self.focus = focus

    @cached_property
    def ap(self) -> torch.Tensor:
        """Distance from the focus along its axis of that name, (*S) in mm."""
        return self._along(self.focus.ap)

    @cached_property
    def cc(self) -> torch.Tensor:
        """The same along the other axis."""
        return self._along(self.focus.cc)

    def _along(self, axis: Axis) -> torch.Tensor:
        *_, row, column = self.focus.centre_mm
        distance = self.positions[..., -2].mul(axis[0]).addcmul_(self.positions[..., -1], axis[1])
        return distance.sub_(row * axis[0] + column * axis[1])

    def move(self, axis: Axis, distance: torch.Tensor) -> None:
        """Add distances (*S) along an axis of the slice to the positions."""
        self.positions[..., -2].addcmul_(distance, axis[0])
        self.positions[..., -1].addcmul_(distance, axis[1])

    def over_slices(self, weight: torch.Tensor, flat_mm: float) -> torch.Tensor:
        """Weaken a weight (*S), in place, further than a distance from the slice of the focus; 3D only."""
        if self.positions.shape[-1] == 2:
            return weight
        return weight.mul_(plateau(self.positions[..., 0] - self.focus.centre_mm[0], flat_mm, SLICES_FALL_MM))


def neighbourhood(positions: torch.Tensor, focus: Focus, reach_mm: Reach) -> tuple[slice, ...]:
    """Slices of the voxels whose positions (*S, d) may lie within reach of the focus.

    On another device than the CPU these are all voxels: to know more one would have to wait for it.
    """
    everything = (slice(None),) * (positions.ndim - 1)
    if positions.device.type != "cpu" or min(positions.shape[-3:-1]) <= EVERY or math.inf in reach_mm:
        return everything
    near = True
    for k in (-2, -1):
        coarse = positions[..., ::EVERY, ::EVERY, k].numpy().copy()
        reach = sum(abs(float(axis[k])) * float(mm) for axis, mm in zip((focus.ap, focus.cc), reach_mm, strict=True))
        near = (np.abs(coarse - float(focus.centre_mm[k])) <= reach + _largest_step(coarse)) & near
    near = near.reshape(-1, *near.shape[-2:]).any(0)
    return (*everything[2:], _span(near.any(1)), _span(near.any(0)))


def _largest_step(coarse: np.ndarray) -> float:
    """How far a voxel may be from the one that is looked at before it: no further than the next, at the worst place."""
    rows, columns = coarse[..., 1:, :] - coarse[..., :-1, :], coarse[..., 1:] - coarse[..., :-1]
    return float(np.abs(rows).max() + np.abs(columns).max())


def _span(near: np.ndarray) -> slice:
    """From the first to the last place that is set, each standing for the voxels from it on."""
    places = np.flatnonzero(near)
    return slice(int(places[0]) * EVERY, (int(places[-1]) + 1) * EVERY) if len(places) else slice(0, 0)
