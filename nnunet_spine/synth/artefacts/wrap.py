"""Wrap-around: what lies beyond one side of the field of view comes in from the other side."""

from __future__ import annotations

from typing import NamedTuple

import torch

from nnunet_spine.synth.artefacts.sides import draw_axis, draw_side, one_by_one
from nnunet_spine.synth.config import WrapConfig
from nnunet_spine.synth.steps import Layout, Scene, draw_on


class WrapParams(NamedTuple):
    """Width of the strip, signal in it relative to the rest, the axis and the end at which it comes in; all (B,)."""

    on: torch.Tensor
    fold_mm: torch.Tensor
    strength: torch.Tensor
    axis: torch.Tensor
    far: torch.Tensor


def sample_wrap(config: WrapConfig, n: int, layout: Layout, rng: torch.Generator) -> WrapParams:
    """Draw the strip of `n` samples, at any of the four sides of the slice."""
    return WrapParams(
        draw_on(config.probability, n, rng),
        config.fold_mm.sample((n,), rng),
        config.strength.sample((n,), rng),
        draw_axis(n, rng),
        draw_side(n, rng),
    )


def apply_wrap(x: torch.Tensor, params: WrapParams, scene: Scene) -> torch.Tensor:
    """Add to the strip what is in that at the opposite side, which stands for what lies beyond it and is unknown."""
    for image, wrap in one_by_one(x, params):
        n = image.shape[wrap.axis]
        width = min(round(wrap.fold_mm / scene.grid.spacing_mm[wrap.axis]), n)
        near, far = image.narrow(wrap.axis, 0, width), image.narrow(wrap.axis, n - width, width)
        target, source = (far, near) if wrap.far else (near, far)
        target.add_(source.clone(), alpha=wrap.strength)  # a copy, because wide strips overlap
    return x
