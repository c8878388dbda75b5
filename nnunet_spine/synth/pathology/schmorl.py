"""Schmorl nodes: a disc sinks into an end plate."""

from __future__ import annotations

from typing import NamedTuple

import torch

from nnunet_spine.synth.config.pathology import SchmorlConfig
from nnunet_spine.synth.pathology.deformations import intrude
from nnunet_spine.synth.pathology.frame import Focus, Frame, Reach
from nnunet_spine.synth.pathology.kind import Kind, draw_ranks, draw_signs
from nnunet_spine.synth.pathology.profiles import dome
from nnunet_spine.synth.pathology.seats import Seat
from nnunet_spine.synth.steps import draw_on

_HALF_WIDTH_MM = 2.0
_BEYOND_MM = 10.0


class SchmorlParams(NamedTuple):
    """Side of the disc, depth and anteroposterior width, (n,) each."""

    on: torch.Tensor
    rank: torch.Tensor
    side: torch.Tensor
    depth_mm: torch.Tensor
    width_mm: torch.Tensor


def sample(config: SchmorlConfig, n: int, rng: torch.Generator) -> SchmorlParams:
    """Draw the parameters of `n` samples."""
    on, rank, side = draw_on(config.probability, n, rng), draw_ranks(n, rng), draw_signs(n, rng)
    depth_mm = config.depth_mm.sample((n,), rng).clamp(min=0)
    return SchmorlParams(on, rank, side, depth_mm, config.width_mm.sample((n,), rng))


def reach(params: SchmorlParams, focus: Focus) -> Reach:
    """See `Kind`."""
    return params.width_mm / 2, focus.half_height_mm + params.depth_mm + _BEYOND_MM


def displace(frame: Frame, params: SchmorlParams) -> None:
    """Let the disc reach into the vertebra on one side; its other end plate stays."""
    focus = frame.focus
    weight = frame.over_slices(dome(frame.ap, params.width_mm), _HALF_WIDTH_MM)
    from_border, height_mm = frame.cc * params.side - focus.half_height_mm, 2 * focus.half_height_mm
    outwards = (focus.cc[0] * params.side, focus.cc[1] * params.side)
    intrude(frame, outwards, from_border, weight, focus.present * params.depth_mm, height_mm, _BEYOND_MM)


KIND = Kind("schmorl", Seat.ENDPLATE, sample, reach, displace)
