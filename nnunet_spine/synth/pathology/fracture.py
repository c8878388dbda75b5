"""Compression fracture of a vertebral body, crushed, wedged or biconcave (Genant et al., J Bone Miner Res 8, 1993)."""

from __future__ import annotations

from typing import NamedTuple

import torch

from nnunet_spine.synth.config.pathology import FractureConfig
from nnunet_spine.synth.pathology.arrays import Array
from nnunet_spine.synth.pathology.deformations import squeeze, squeeze_reach
from nnunet_spine.synth.pathology.frame import Focus, Frame, Reach
from nnunet_spine.synth.pathology.kind import Kind, add_signal, draw_ranks, draw_signs
from nnunet_spine.synth.pathology.profiles import plateau
from nnunet_spine.synth.pathology.seats import Seat
from nnunet_spine.synth.steps import draw_on
from nnunet_spine.synth.tissues import VERTEBRA

_BEYOND_MM = 20.0
_RIM_MM = 4.0
_HALF_WIDTH_MM = 20.0


class FractureParams(NamedTuple):
    """Side of the disc; share of the height lost, and of that spared behind and at both walls; change of signal."""

    on: torch.Tensor
    rank: torch.Tensor
    side: torch.Tensor
    height_loss: torch.Tensor
    wedge: torch.Tensor
    concavity: torch.Tensor
    change: torch.Tensor


def sample(config: FractureConfig, n: int, rng: torch.Generator) -> FractureParams:
    """Draw the parameters of `n` samples."""
    on, rank, side = draw_on(config.probability, n, rng), draw_ranks(n, rng), draw_signs(n, rng)
    amounts = (config.height_loss, config.wedge, config.concavity, config.change)
    return FractureParams(on, rank, side, *(amount.sample((n,), rng) for amount in amounts))


def reach(params: FractureParams, focus: Focus) -> Reach:
    """See `Kind`."""
    return focus.half_depth_mm + _BEYOND_MM, squeeze_reach(focus.half_height_mm)


def displace(frame: Frame, params: FractureParams) -> None:
    """Make the body lower: evenly, less so towards its posterior wall, or towards both walls."""
    focus = frame.focus
    place = (frame.ap / focus.half_depth_mm).clip(-1, 1)
    share = (1 - (place + 1) * (params.wedge / 2)) * (1 - place * place * params.concavity)
    share *= plateau(frame.ap, focus.half_depth_mm, _BEYOND_MM)
    share *= focus.present * params.height_loss
    frame.over_slices(share, _HALF_WIDTH_MM)
    squeeze(frame, focus.cc, frame.cc, focus.half_height_mm, share)


def paint(x: Array, tissue: Array, frame: Frame, params: FractureParams) -> None:
    """Change the signal of the marrow."""
    focus = frame.focus
    weight = plateau(frame.ap, focus.half_depth_mm, _RIM_MM)
    weight *= plateau(frame.cc, focus.half_height_mm, _RIM_MM)
    weight *= tissue == VERTEBRA
    weight *= focus.present * params.change
    add_signal(x, frame.over_slices(weight, _HALF_WIDTH_MM))


KIND = Kind("fracture", Seat.BODY, sample, reach, displace, paint)
