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
    weight = inside.to(x.dtype)
    count = weight.sum(axes, keepdim=True).clamp(min=1)
    centred = (x - (x * weight).sum(axes, keepdim=True) / count).mul_(weight)
    std = (centred.square().sum(axes, keepdim=True) / count).sqrt()
    factor = per_sample(params.scale, x) / std.clamp(min=1e-6)
    return torch.addcmul(per_sample(params.shift, x), centred, factor).mul_(weight)
