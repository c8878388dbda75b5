"""Disc degeneration: loss of height and of signal, as in the grades of Pfirrmann et al. (Spine 26, 2001)."""

from __future__ import annotations

from typing import NamedTuple

import torch

from nnunet_spine.synth.config.pathology import DegenerationConfig
from nnunet_spine.synth.pathology.arrays import Array
from nnunet_spine.synth.pathology.deformations import squeeze, squeeze_reach
from nnunet_spine.synth.pathology.frame import Focus, Frame, Reach
from nnunet_spine.synth.pathology.kind import Kind, draw_ranks
from nnunet_spine.synth.pathology.profiles import plateau
from nnunet_spine.synth.pathology.seats import Seat
from nnunet_spine.synth.steps import draw_on
from nnunet_spine.synth.tissues import DISC

_BEYOND_MM = 12.0
_RIM_MM = 6.0
_HALF_WIDTH_MM = 20.0


class DegenerationParams(NamedTuple):
    """Share of the height that is lost, and signal relative to before, (n,) each."""

    on: torch.Tensor
    rank: torch.Tensor
    height_loss: torch.Tensor
    signal: torch.Tensor


def sample(config: DegenerationConfig, n: int, rng: torch.Generator) -> DegenerationParams:
    """Draw the parameters of `n` samples."""
    on, rank = draw_on(config.probability, n, rng), draw_ranks(n, rng)
    return DegenerationParams(on, rank, config.height_loss.sample((n,), rng), config.signal.sample((n,), rng))


def reach(params: DegenerationParams, focus: Focus) -> Reach:
    """See `Kind`."""
    return focus.half_depth_mm + _BEYOND_MM, squeeze_reach(focus.half_height_mm)


def displace(frame: Frame, params: DegenerationParams) -> None:
    """Make the disc lower."""
    focus = frame.focus
    share = plateau(frame.ap, focus.half_depth_mm, _BEYOND_MM)
    share *= focus.present * params.height_loss
    frame.over_slices(share, _HALF_WIDTH_MM)
    squeeze(frame, focus.cc, frame.cc, focus.half_height_mm, share)


def paint(x: Array, tissue: Array, frame: Frame, params: DegenerationParams) -> None:
    """Change the signal of the disc."""
    focus = frame.focus
    weight = plateau(frame.ap, focus.half_depth_mm, _RIM_MM)
    weight *= plateau(frame.cc, focus.half_height_mm + _RIM_MM, _RIM_MM)
    weight *= tissue == DISC
    weight *= focus.present * (params.signal - 1)
    x *= 1 + frame.over_slices(weight, _HALF_WIDTH_MM)


KIND = Kind("degeneration", Seat.DISC, sample, reach, displace, paint)
