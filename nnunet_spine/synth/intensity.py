"""The noise-free image and its texture: a Gaussian mixture over regions, and the contrast curve."""

from __future__ import annotations

from typing import NamedTuple

import torch

from nnunet_spine.synth.config import GammaConfig, IntensityConfig, TextureConfig
from nnunet_spine.synth.operators import coarser_size, enlarge_noise
from nnunet_spine.synth.steps import Grid, draw_on, draw_seeds, per_sample


class MixtureParams(NamedTuple):
    """Mean and deviation of every region, (B, C, R) each."""

    mean: torch.Tensor
    std: torch.Tensor


def sample_mixture(
    config: IntensityConfig, n: int, tissues: torch.Tensor, regions: int, rng: torch.Generator
) -> MixtureParams:
    """Draw the mixture.

    Args:
        config: the ranges.
        n: number of samples.
        tissues: (C,) tissue of each class; classes of one tissue are levels of it, tissue 0 has independent regions.
        regions: largest number of regions of a class.
        rng: the source of randomness.
    """
    classes = len(tissues)
    independent = config.mean.sample((n, classes, regions), rng)
    of_tissue = config.mean.sample((n, int(tissues.max()) + 1), rng)[:, tissues]
    of_level = of_tissue + config.level_spread.sample((n, classes), rng)
    related = of_level[..., None] + config.region_spread.sample((n, classes, regions), rng)
    mean = torch.where((tissues == 0)[None, :, None], independent, related)
    return MixtureParams(mean.clamp(0, 1), config.std.sample((n, classes, regions), rng).clamp(min=0))


class TextureParams(NamedTuple):
    """Grain in mm (B,) and seed (B,) of the deviations."""

    on: torch.Tensor
    grain_mm: torch.Tensor
    seed: torch.Tensor


def sample_texture(config: TextureConfig, n: int, rng: torch.Generator) -> TextureParams:
    """Draw the texture of `n` samples."""
    return TextureParams(draw_on(config.probability, n, rng), config.grain_mm.sample((n,), rng), draw_seeds(n, rng))


def apply_grain(noise: torch.Tensor, params: TextureParams, grid: Grid) -> torch.Tensor:
    """Make neighbours within `grain_mm` alike; standard normal (B, C, *S) in and out.

    A corner of the noise is taken as the values of a coarser grid, and interpolated.
    """
    out = []
    for sample, grain in zip(noise.split(1), params.grain_mm.tolist(), strict=True):
        coarse = [coarser_size(n, grain / mm) for n, mm in zip(grid.size, grid.spacing_mm, strict=True)]
        out.append(enlarge_noise(sample[(..., *map(slice, coarse))], grid.size))
    return torch.cat(out)


class GammaParams(NamedTuple):
    """Exponent (B,)."""

    on: torch.Tensor
    gamma: torch.Tensor


def sample_gamma(config: GammaConfig, n: int, rng: torch.Generator) -> GammaParams:
    """Draw the exponent of `n` samples."""
    return GammaParams(draw_on(config.probability, n, rng), config.log_gamma.sample((n,), rng).exp())


def apply_gamma(x: torch.Tensor, params: GammaParams) -> torch.Tensor:
    """Raise x, clipped at 0 and relative to its maximum, to the power gamma; the maximum stays."""
    top = x.amax(tuple(range(1, x.ndim)), keepdim=True).clamp(min=1e-6)
    return (x.clamp(min=0) / top) ** per_sample(params.gamma, x) * top
