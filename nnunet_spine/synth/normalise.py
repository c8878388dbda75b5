"""The intensity scale that the network sees."""

from __future__ import annotations

from typing import NamedTuple

import torch

from nnunet_spine.synth.config import NormaliseConfig
from nnunet_spine.synth.steps import Layout, per_sample


class NormaliseParams(NamedTuple):
    """Factor (B,) and offset (B,) after the Z-score."""

    scale: torch.Tensor
    shift: torch.Tensor


def sample_normalise(config: NormaliseConfig, n: int, layout: Layout, rng: torch.Generator) -> NormaliseParams:
    """Draw factor and offset of `n` samples."""
    return NormaliseParams(config.log_scale.sample((n,), rng).exp(), config.shift.sample((n,), rng))


def apply_normalise(
    x: torch.Tensor, params: NormaliseParams, inside: torch.Tensor | None, out: torch.Tensor
) -> torch.Tensor:
    """Z-score over the voxels inside, factor, offset; 0 outside, as nnU-Net pads.

    The mean is taken off before squares are summed, so that faint contrast is not lost in them.

    Args:
        x: (B, C, *S); is written to.
        params: factor and offset.
        inside: 1 or 0 for every voxel, as floats; None where all are inside.
        out: what the result is written to.

    Returns:
        `out`.
    """
    axes = tuple(range(1, x.ndim))
    count = x[0].numel() if inside is None else inside.sum(axes, keepdim=True).clamp(min=1)
    _only(x, inside)
    _only(x.sub_(x.sum(axes, keepdim=True) / count), inside)
    std = torch.linalg.vector_norm(x, dim=axes, keepdim=True) / count**0.5
    torch.addcmul(per_sample(params.shift, x), x, per_sample(params.scale, x) / std.clamp(min=1e-6), out=out)
    _only(out, inside)
    return out


def _only(x: torch.Tensor, inside: torch.Tensor | None) -> None:
    if inside is not None:
        x.mul_(inside)
