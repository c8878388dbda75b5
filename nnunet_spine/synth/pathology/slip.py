"""Spondylolisthesis: all that is on one side of a disc slips across it, and the disc is sheared."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch

from nnunet_spine.synth.config.pathology import SlipConfig
from nnunet_spine.synth.pathology.frame import Focus, Frame, Reach
from nnunet_spine.synth.pathology.kind import Kind, draw_ranks
from nnunet_spine.synth.pathology.profiles import ramp
from nnunet_spine.synth.pathology.seats import Seat
from nnunet_spine.synth.steps import draw_on


class SlipParams(NamedTuple):
    """Displacement towards the canal, (n,)."""

    on: torch.Tensor
    rank: torch.Tensor
    slip_mm: torch.Tensor


def sample(config: SlipConfig, n: int, rng: torch.Generator) -> SlipParams:
    """Draw the parameters of `n` samples."""
    return SlipParams(draw_on(config.probability, n, rng), draw_ranks(n, rng), config.slip_mm.sample((n,), rng))


def reach(params: SlipParams, focus: Focus) -> Reach:
    """See `Kind`."""
    return math.inf, math.inf


def displace(frame: Frame, params: SlipParams) -> None:
    """Shift the side of the disc that is away from the middle of the map: the smaller part of what is seen."""
    focus = frame.focus
    strength = focus.present * -params.slip_mm
    frame.move((focus.ap[0] * strength, focus.ap[1] * strength), ramp(frame.cc, focus.half_height_mm))


KIND = Kind("slip", Seat.DISC, sample, reach, displace)
