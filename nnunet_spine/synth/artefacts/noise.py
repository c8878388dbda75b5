"""Noise of the receiver, in the magnitude image."""

from __future__ import annotations

from typing import NamedTuple

import torch

from nnunet_spine.synth.config import NoiseConfig
from nnunet_spine.synth.steps import Layout, Scene, apply_where_on, draw_on, draw_seeds, per_sample, white_noise


class NoiseParams(NamedTuple):
    """Deviation (B,), whether it is Rician (B,), and seed (B,)."""

    on: torch.Tensor
    sigma: torch.Tensor
    rician: torch.Tensor
    seed: torch.Tensor


def sample_noise(config: NoiseConfig, n: int, layout: Layout, rng: torch.Generator) -> NoiseParams:
    """Draw the noise of `n` samples."""
    return NoiseParams(
        draw_on(config.probability, n, rng),
        config.sigma.sample((n,), rng).clamp(min=0),
        draw_on(config.rician, n, rng),
        draw_seeds(n, rng),
    )


def apply_noise(x: torch.Tensor, params: NoiseParams, scene: Scene) -> torch.Tensor:
    """Add Gaussian noise, or take the magnitude of the signal with noise in both channels (Rician).

    Gudbjartsson and Patz, The Rician distribution of noisy MRI data, Magn Reson Med 34, 1995.
    """
    x.addcmul_(per_sample(params.sigma, x), white_noise(params.seed, x.shape[1:], x.device))
    return apply_where_on(x, params._replace(on=params.rician), _magnitude, scene)


def _magnitude(x: torch.Tensor, params: NoiseParams, scene: Scene) -> torch.Tensor:
    """Magnitude of the real channel x and an imaginary one that holds nothing but noise."""
    imaginary = per_sample(params.sigma, x) * white_noise(params.seed, x.shape[1:], x.device, stream=1)
    return x.mul_(x).addcmul_(imaginary, imaginary).sqrt_()
