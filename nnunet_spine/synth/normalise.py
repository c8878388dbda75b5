"""The intensity scale that the network sees."""

from __future__ import annotations

from typing import NamedTuple

import torch

from nnunet_spine.synth.config import NormaliseConfig
from nnunet_spine.synth.steps import per_sample


class NormaliseParams(NamedTuple):
    """Factor (B,) and offset (B,) after the Z-score."""

    scale: torch.Tensor
    shift: torch.Tensor


def sample_normalise(config: NormaliseConfig, n: int, rng: torch.Generator) -> NormaliseParams:
    """Draw factor and offset of `n` samples."""
    return NormaliseParams(config.log_scale.sample((n,), rng).exp(), config.shift.sample((n,), rng))


def apply_normalise(x: torch.Tensor, params: NormaliseParams, inside: torch.Tensor) -> torch.Tensor:
    """Z-score of x (B, C, *S) over the voxels `inside`, factor, offset; 0 outside, as nnU-Net pads."""
    axes = tuple(range(1, x.ndim))
    count = inside.sum(axes, keepdim=True).clamp(min=1)
    mean = (x * inside).sum(axes, keepdim=True) / count
    std = ((x - mean).square() * inside).sum(axes, keepdim=True).div(count).sqrt()
    scored = (x - mean) / std.clamp(min=1e-6)
    return (scored * per_sample(params.scale, x) + per_sample(params.shift, x)) * inside
