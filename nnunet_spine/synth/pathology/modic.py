"""Modic changes: the marrow beside a disc is brighter or darker (Modic et al., Radiology 166, 1988)."""

from __future__ import annotations

from typing import NamedTuple

import torch

from nnunet_spine.synth.config.pathology import ModicConfig
from nnunet_spine.synth.pathology.arrays import Array
from nnunet_spine.synth.pathology.frame import Focus, Frame, Reach
from nnunet_spine.synth.pathology.kind import Kind, add_signal, draw_ranks, draw_signs
from nnunet_spine.synth.pathology.profiles import bump, bump_reach, plateau
from nnunet_spine.synth.pathology.seats import Seat
from nnunet_spine.synth.steps import draw_on
from nnunet_spine.synth.tissues import VERTEBRA

_HALF_WIDTH_MM = 8.0


class ModicParams(NamedTuple):
    """Side of the disc, 0 for both, change of signal, anteroposterior width, depth from the end plate, (n,) each."""

    on: torch.Tensor
    rank: torch.Tensor
    side: torch.Tensor
    change: torch.Tensor
    width_mm: torch.Tensor
    depth_mm: torch.Tensor


def sample(config: ModicConfig, n: int, rng: torch.Generator) -> ModicParams:
    """Draw the parameters of `n` samples."""
    on, rank = draw_on(config.probability, n, rng), draw_ranks(n, rng)
    side = draw_signs(n, rng) * ~draw_on(config.both, n, rng)
    amounts = (amount.sample((n,), rng) for amount in (config.change, config.width_mm, config.depth_mm))
    return ModicParams(on, rank, side, *amounts)


def reach(params: ModicParams, focus: Focus) -> Reach:
    """See `Kind`."""
    return bump_reach(params.width_mm), focus.half_height_mm + params.depth_mm


def paint(x: Array, tissue: Array, frame: Frame, params: ModicParams) -> None:
    """Change the signal of the marrow."""
    focus = frame.focus
    weight = plateau(frame.cc, focus.half_height_mm, params.depth_mm)
    weight *= bump(frame.ap, params.width_mm)
    weight *= tissue == VERTEBRA
    if params.side:
        weight *= frame.cc * params.side > 0
    weight *= focus.present * params.change
    add_signal(x, frame.over_slices(weight, _HALF_WIDTH_MM))


KIND = Kind("modic", Seat.ENDPLATE, sample, reach, paint=paint)
