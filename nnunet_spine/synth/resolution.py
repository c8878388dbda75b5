"""Acquisition at a coarser grid with its point spread function, and interpolation back to the grid of the network."""

from __future__ import annotations

from typing import NamedTuple

import torch

from nnunet_spine.synth.config import ResolutionConfig
from nnunet_spine.synth.operators import at_resolution
from nnunet_spine.synth.steps import Layout, Scene, draw_on


class ResolutionParams(NamedTuple):
    """Resolution of each axis in mm, (B, d)."""

    on: torch.Tensor
    resolution_mm: torch.Tensor


def sample_resolution(config: ResolutionConfig, n: int, layout: Layout, rng: torch.Generator) -> ResolutionParams:
    """Draw the resolution of `n` samples; the last two axes are those of the slice."""
    inplane = config.inplane_mm.sample((n, 1), rng)
    stretch = config.anisotropy.sample((n, 1), rng).sqrt()
    axes = [inplane * stretch, inplane / stretch]
    if layout.grid.dim == 3:
        axes.insert(0, config.slice_mm.sample((n, 1), rng))
    return ResolutionParams(draw_on(config.probability, n, rng), torch.cat(axes, dim=1))


def apply_resolution(x: torch.Tensor, params: ResolutionParams, scene: Scene) -> torch.Tensor:
    """Acquire x (B, C, *S) at the resolution asked for; an axis that is coarser already keeps its resolution."""
    return at_resolution(x, params.resolution_mm, scene.grid.spacing_mm)
