"""Stenosis of the canal behind a disc: what is in front of it and behind it comes closer together."""

from __future__ import annotations

from typing import NamedTuple

import torch

from nnunet_spine.synth.config.pathology import StenosisConfig
from nnunet_spine.synth.pathology.deformations import squeeze, squeeze_reach
from nnunet_spine.synth.pathology.frame import Focus, Frame, Reach
from nnunet_spine.synth.pathology.kind import Kind, draw_ranks
from nnunet_spine.synth.pathology.profiles import bump, bump_reach
from nnunet_spine.synth.pathology.seats import Seat
from nnunet_spine.synth.steps import draw_on

_HALF_WIDTH_MM = 10.0


class StenosisParams(NamedTuple):
    """Share of the width that is lost, and length over which it is, (n,) each."""

    on: torch.Tensor
    rank: torch.Tensor
    narrowing: torch.Tensor
    length_mm: torch.Tensor


def sample(config: StenosisConfig, n: int, rng: torch.Generator) -> StenosisParams:
    """Draw the parameters of `n` samples."""
    on, rank = draw_on(config.probability, n, rng), draw_ranks(n, rng)
    return StenosisParams(on, rank, config.narrowing.sample((n,), rng), config.length_mm.sample((n,), rng))


def reach(params: StenosisParams, focus: Focus) -> Reach:
    """See `Kind`."""
    return squeeze_reach(focus.half_depth_mm), bump_reach(params.length_mm)


def displace(frame: Frame, params: StenosisParams) -> None:
    """Make the canal narrower."""
    focus = frame.focus
    share = bump(frame.cc, params.length_mm)
    share *= focus.present * params.narrowing
    frame.over_slices(share, _HALF_WIDTH_MM)
    squeeze(frame, focus.ap, frame.ap, focus.half_depth_mm, share)


KIND = Kind("stenosis", Seat.CANAL, sample, reach, displace)
