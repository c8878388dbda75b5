"""Sensitivity of the receive coils: a smooth field, and the fall-off of a coil that lies at one side."""

from __future__ import annotations

from typing import NamedTuple

import torch

from nnunet_spine.synth.artefacts.sides import along, draw_axis, draw_side, one_by_one
from nnunet_spine.synth.config import BiasConfig, CoilConfig
from nnunet_spine.synth.operators import apply_along_axes, beside
from nnunet_spine.synth.steps import Layout, Scene, draw_on


class BiasParams(NamedTuple):
    """Logarithm of the field at its nodes, (B, 1, *N), and their distance, float64 (B,), the same for all."""

    on: torch.Tensor
    nodes: torch.Tensor
    node_distance_mm: torch.Tensor


def sample_bias(config: BiasConfig, n: int, layout: Layout, rng: torch.Generator) -> BiasParams:
    """Draw the field of `n` samples."""
    grid, distance = layout.grid, config.node_distance_mm
    log_std = config.log_std.sample((n, 1, *[1] * grid.dim), rng)
    counts = [matrix.shape[1] for matrix in grid.splines(distance)]
    nodes = torch.randn(n, 1, *counts, generator=rng) * log_std
    return BiasParams(draw_on(config.probability, n, rng), nodes, torch.full((n,), distance, dtype=torch.float64))


def apply_bias(x: torch.Tensor, params: BiasParams, scene: Scene) -> torch.Tensor:
    """Multiply x by exp of the smooth field whose coefficients the nodes are."""
    splines = scene.grid.splines(params.node_distance_mm[0].item())
    field = apply_along_axes(beside(params.nodes, x), splines)
    return x.mul_(field.exp_())


class CoilParams(NamedTuple):
    """Distance at which half of the sensitivity is left, axis across the coil and end at which it lies; all (B,)."""

    on: torch.Tensor
    falloff_mm: torch.Tensor
    axis: torch.Tensor
    far: torch.Tensor


def sample_coil(config: CoilConfig, n: int, layout: Layout, rng: torch.Generator) -> CoilParams:
    """Draw the coil of `n` samples, at any of the four sides of the slice."""
    return CoilParams(
        draw_on(config.probability, n, rng),
        config.falloff_mm.sample((n,), rng),
        draw_axis(n, rng),
        draw_side(n, rng),
    )


def apply_coil(x: torch.Tensor, params: CoilParams, scene: Scene) -> torch.Tensor:
    """Multiply x by the sensitivity of a coil that lies along one side; its mean over the field of view is 1."""
    for image, coil in one_by_one(x, params):
        distance_mm = torch.arange(image.shape[coil.axis], device=x.device) * scene.grid.spacing_mm[coil.axis]
        profile = sensitivity(distance_mm, coil.falloff_mm)
        profile = (profile / profile.mean()).to(x.dtype)
        image.mul_(along(coil.axis, profile.flip(0) if coil.far else profile))
    return x


def sensitivity(distance_mm: torch.Tensor, falloff_mm: float) -> torch.Tensor:
    """Sensitivity of a loop to what lies on its axis, by the law of Biot and Savart: (1 + (z / r)^2)^(-3/2).

    The radius r is such that half is left at `falloff_mm`.
    """
    radius_mm = falloff_mm / (2 ** (2 / 3) - 1) ** 0.5
    return (1 + (distance_mm / radius_mm) ** 2) ** -1.5
