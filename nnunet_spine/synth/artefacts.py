"""What coils and receiver do to the image: the bias field and the noise."""

from __future__ import annotations

from typing import NamedTuple

import torch

from nnunet_spine.synth.config import BiasConfig, NoiseConfig
from nnunet_spine.synth.operators import apply_along_axes
from nnunet_spine.synth.steps import Grid, draw_on, draw_seeds, per_sample, white_noise


class BiasParams(NamedTuple):
    """Logarithm of the field at its nodes, (B, 1, *N)."""

    on: torch.Tensor
    nodes: torch.Tensor


def sample_bias(config: BiasConfig, n: int, grid: Grid, rng: torch.Generator) -> BiasParams:
    """Draw the field of `n` samples."""
    counts = [matrix.shape[1] for matrix in grid.splines(config.node_distance_mm)]
    log_std = config.log_std.sample((n, 1, *[1] * grid.dim), rng)
    return BiasParams(draw_on(config.probability, n, rng), torch.randn(n, 1, *counts, generator=rng) * log_std)


def apply_bias(x: torch.Tensor, params: BiasParams, grid: Grid, node_distance_mm: float) -> torch.Tensor:
    """Multiply x (B, C, *S) by exp of the smooth field through the nodes."""
    splines = [matrix.to(x) for matrix in grid.splines(node_distance_mm)]
    return x * apply_along_axes(params.nodes.to(x), splines).exp()


class NoiseParams(NamedTuple):
    """Deviation (B,), whether it is Rician (B,), and seed (B,)."""

    on: torch.Tensor
    sigma: torch.Tensor
    rician: torch.Tensor
    seed: torch.Tensor


def sample_noise(config: NoiseConfig, n: int, rng: torch.Generator) -> NoiseParams:
    """Draw the noise of `n` samples."""
    return NoiseParams(
        draw_on(config.probability, n, rng),
        config.sigma.sample((n,), rng).clamp(min=0),
        draw_on(config.rician, n, rng),
        draw_seeds(n, rng),
    )


def apply_noise(x: torch.Tensor, params: NoiseParams) -> torch.Tensor:
    """Add Gaussian noise, or take the magnitude of the signal with noise in both channels (Rician).

    Gudbjartsson and Patz, The Rician distribution of noisy MRI data, Magn Reson Med 34, 1995.
    """
    sigma = per_sample(params.sigma, x)
    real = x + sigma * white_noise(params.seed, x.shape[1:], x.device)
    index = params.rician.nonzero()[:, 0]
    if len(index) == 0:
        return real
    where = index.to(x.device)
    imaginary = sigma[where] * white_noise(params.seed[index], x.shape[1:], x.device, stream=1)
    return real.index_copy(0, where, torch.hypot(real[where], imaginary))
