"""Bulging and herniated discs, which reach into the canal."""

from __future__ import annotations

from typing import NamedTuple

import torch

from nnunet_spine.synth.config.pathology import HerniationConfig
from nnunet_spine.synth.pathology.arrays import Number
from nnunet_spine.synth.pathology.deformations import intrude
from nnunet_spine.synth.pathology.frame import Focus, Frame, Reach
from nnunet_spine.synth.pathology.kind import Kind, draw_ranks
from nnunet_spine.synth.pathology.profiles import dome, plateau
from nnunet_spine.synth.pathology.seats import Seat
from nnunet_spine.synth.steps import draw_on

_HALF_WIDTH_MM = 4.0
_MOST_OF_CANAL = 0.5
_WIDEST_GAP_MM = 3.0
_BEYOND_MM = (3.0, 20.0)
_NECK_MM = 2.0
_FALL_MM = 10.0

MOST_MIGRATION_MM = 3.0
LEAST_NECK = 0.3
"""The bounds of migration, and of the height of the neck relative to the width outside, keep the way out invertible."""


class HerniationParams(NamedTuple):
    """Depth, craniocaudal width, and craniocaudal displacement of the tip, (n,) each."""

    on: torch.Tensor
    rank: torch.Tensor
    depth_mm: torch.Tensor
    width_mm: torch.Tensor
    migration_mm: torch.Tensor


def sample(config: HerniationConfig, n: int, rng: torch.Generator) -> HerniationParams:
    """Draw the parameters of `n` samples."""
    on, rank = draw_on(config.probability, n, rng), draw_ranks(n, rng)
    depth_mm = config.depth_mm.sample((n,), rng).clamp(min=0)
    migration_mm = config.migration_mm.sample((n,), rng).clamp(-MOST_MIGRATION_MM, MOST_MIGRATION_MM)
    return HerniationParams(on, rank, depth_mm, config.width_mm.sample((n,), rng), migration_mm)


def reach(params: HerniationParams, focus: Focus) -> Reach:
    """See `Kind`."""
    depth_mm = _depth(params, focus)
    along = focus.half_depth_mm.clip(depth_mm + _beyond(depth_mm, focus).clip(2 * _NECK_MM, None), None)
    return along, focus.half_height_mm.clip(params.width_mm / 2, None) + _FALL_MM + abs(params.migration_mm)


def displace(frame: Frame, params: HerniationParams) -> None:
    """Let the rear half of the disc reach into the canal, whose posterior wall stays.

    What comes out is no higher than the disc, so that no bone comes with it; it widens and migrates outside.
    """
    focus, depth_mm = frame.focus, _depth(params, frame.focus)
    _widen(frame, params, depth_mm)
    frame = Frame(frame.positions, focus)
    weight = frame.over_slices(dome(frame.cc, (2 * focus.half_height_mm).clip(None, params.width_mm)), _HALF_WIDTH_MM)
    intrude(frame, focus.ap, frame.ap, weight, depth_mm, focus.half_depth_mm, _beyond(depth_mm, focus))


def _widen(frame: Frame, params: HerniationParams, depth_mm: Number) -> None:
    """Let what is outside, around the line to the migrated tip, look into the neck.

    It begins at the border of the disc, is complete after the neck, and ends two lengths of the neck behind the tip.
    """
    focus = frame.focus
    half_mm = focus.half_height_mm.clip(LEAST_NECK * params.width_mm / 2, params.width_mm / 2)
    off_line = frame.cc - (frame.ap / (depth_mm + _NECK_MM)).clip(0, 1) * params.migration_mm
    amount = off_line * (half_mm / (params.width_mm / 2))
    amount -= frame.cc
    amount *= plateau(off_line, params.width_mm / 2, _FALL_MM)
    amount *= plateau(frame.ap - (depth_mm / 2 + _NECK_MM), depth_mm / 2, _NECK_MM)
    amount *= _engaged(params) * focus.present
    frame.move(focus.cc, frame.over_slices(amount, _HALF_WIDTH_MM))


def _depth(params: HerniationParams, focus: Focus) -> Number:
    """From the border of the disc, so a gap before the canal comes on top, unless it is wide as above the sacrum."""
    begins, ends = focus.canal_mm
    depth = params.depth_mm + _engaged(params) * begins.clip(0, _WIDEST_GAP_MM)
    return depth.clip(None, begins + _MOST_OF_CANAL * (ends - begins)).clip(0) * focus.present


def _beyond(depth_mm: Number, focus: Focus) -> Number:
    """To the posterior wall of the canal if there is one."""
    return (focus.canal_mm[1] - depth_mm).clip(*_BEYOND_MM)


def _engaged(params: HerniationParams) -> float:
    """How much of what goes with a herniation there is: nothing at no depth."""
    return min(params.depth_mm, 1.0)


KIND = Kind("herniation", Seat.BORDER, sample, reach, displace)
