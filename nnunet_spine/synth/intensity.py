"""The noise-free image and its texture: a Gaussian mixture over regions, partial volume, and the contrast curve."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch

from nnunet_spine.synth.config import (
    GammaConfig,
    IntensityConfig,
    PartialVolumeConfig,
    TextureConfig,
    TrabecularConfig,
)
from nnunet_spine.synth.operators import coarser_size, enlarge_noise, join
from nnunet_spine.synth.priors import sample_prior, sample_shared
from nnunet_spine.synth.steps import Grid, Layout, Scene, draw_on, draw_seeds, per_sample, white_noise
from nnunet_spine.synth.tissues import VERTEBRA

FWHM = 2.3548
"""Full width at half maximum of a Gaussian with deviation 1."""


class MixtureParams(NamedTuple):
    """Mean and deviation of every region, (B, P, C, R) each; what is like the background, bool (B, P, C, 1)."""

    mean: torch.Tensor
    std: torch.Tensor
    shared: torch.Tensor


def sample_mixture(config: IntensityConfig, n: int, layout: Layout, rng: torch.Generator) -> MixtureParams:
    """Draw the mixture of `n` samples from the priors."""
    return MixtureParams(*sample_prior(config, n, layout, rng), sample_shared(config, n, layout, rng))


class PartialVolumeParams(NamedTuple):
    """Full width at half maximum of the voxel's sensitivity in voxels (B,)."""

    on: torch.Tensor
    width_voxels: torch.Tensor


def sample_partial_volume(
    config: PartialVolumeConfig, n: int, layout: Layout, rng: torch.Generator
) -> PartialVolumeParams:
    """Draw the sensitivity of `n` samples' voxels."""
    return PartialVolumeParams(draw_on(config.probability, n, rng), config.width_voxels.sample((n,), rng))


def apply_partial_volume(x: torch.Tensor, params: PartialVolumeParams, scene: Scene) -> torch.Tensor:
    """Mix every voxel with its neighbours along both axes of the slice.

    The three weights have the variance of the sensitivity, up to a width of 1.92 voxels: the sides are 1/3 at most.
    """
    side = per_sample((params.width_voxels / FWHM).square().div(2).clamp(max=1 / 3), x)
    for axis in (-1, -2):
        size = x.shape[axis]
        if size == 1:
            continue
        towards = (x.narrow(axis, 1, size - 1) - x.narrow(axis, 0, size - 1)).mul_(side)
        x.narrow(axis, 0, size - 1).add_(towards)
        x.narrow(axis, 1, size - 1).sub_(towards)
    return x


class TextureParams(NamedTuple):
    """How the deviation of neighbours is correlated.

    Attributes:
        on: (B,).
        grain_mm: (B,) of the finest octave.
        octaves: (B,).
        persistence: (B,) deviation of the coarser octaves together relative to the next finer one.
        share: (B, P, C, R) part of each region's variance that is correlated.
        seed: (B,).
    """

    on: torch.Tensor
    grain_mm: torch.Tensor
    octaves: torch.Tensor
    persistence: torch.Tensor
    share: torch.Tensor
    seed: torch.Tensor


def sample_texture(config: TextureConfig, n: int, layout: Layout, rng: torch.Generator) -> TextureParams:
    """Draw the texture of `n` samples."""
    on = draw_on(config.probability, n, rng)
    return TextureParams(
        on=on,
        grain_mm=config.grain_mm.sample((n,), rng),
        octaves=config.octaves.sample_int((n,), rng),
        persistence=config.persistence.sample((n,), rng),
        share=config.share.sample((n, *layout.shape), rng) * on.reshape(-1, 1, 1, 1),
        seed=draw_seeds(n, rng),
    )


def shared_noise(params: TextureParams, grid: Grid, device: torch.device) -> torch.Tensor | None:
    """Noise of deviation 1 that neighbours share, (B, 1, *S); None if no sample has any."""
    if not params.on.any():
        return None
    rest = zip(params.grain_mm.tolist(), params.octaves.tolist(), params.persistence.tolist(), strict=True)
    shapes = [([grain] * grid.dim, octaves, persistence) for grain, octaves, persistence in rest]
    return _perlin_where_on(params.on, params.seed, shapes, grid, device)


Layer = tuple[torch.Tensor, torch.Tensor]
"""Noise of deviation 1 for all voxels, (B, 1, *S), and the table of its deviation in every code."""


def texture_layers(params: TextureParams, std: torch.Tensor, scene: Scene, device: torch.device) -> list[Layer]:
    """What every voxel deviates by on its own, and what it shares with its neighbours; std is (B, P, C, R)."""
    white = white_noise(params.seed, (1, *scene.grid.size), device)
    layers = [(white, scene.table(std * (1 - params.share).sqrt()))]
    shared = shared_noise(params, scene.grid, device)
    return layers if shared is None else [*layers, (shared, scene.table(std * params.share.sqrt()))]


def perlin_noise(
    seed: torch.Tensor, grain_mm: list[float], octaves: int, persistence: float, grid: Grid, device: torch.device
) -> torch.Tensor:
    """Noise of deviation 1 whose octaves have grains `grain_mm`, 2 `grain_mm`, ... along the axes: (1, 1, *S).

    From the coarsest to the finest octave, each is added to what there is so far, on its own grid.
    """
    sizes = [
        [coarser_size(n, 2**k * grain / mm) for n, grain, mm in zip(grid.size, grain_mm, grid.spacing_mm, strict=True)]
        for k in range(octaves)
    ]
    total, white = white_noise(seed, (1, *sizes[-1]), device, octaves), 1.0
    for k in reversed(range(octaves - 1)):
        finer = white_noise(seed, (1, *sizes[k]), device, 1 + k)
        total = enlarge_noise(total, sizes[k], white).mul(persistence).add_(finer)
        white = 1 / (1 + persistence**2)
        total.mul_(white**0.5)
    return enlarge_noise(total, grid.size, white)


def _perlin_where_on(
    on: torch.Tensor,
    seed: torch.Tensor,
    shapes: Sequence[tuple[list[float], int, float]],
    grid: Grid,
    device: torch.device,
) -> torch.Tensor:
    """Noise (B, 1, *S) of each sample's seed and its grains, octaves and persistence; 0 where it is off."""
    return join(
        [
            perlin_noise(one, *shape, grid, device) if happens else torch.zeros(1, 1, *grid.size, device=device)
            for happens, one, shape in zip(on.tolist(), seed.split(1), shapes, strict=True)
        ]
    )


class TrabecularParams(NamedTuple):
    """Grain of the strands along each axis (B, d), their deviation in every region (B, P, C, 1), seed (B,)."""

    on: torch.Tensor
    grain_mm: torch.Tensor
    strength: torch.Tensor
    seed: torch.Tensor


def sample_trabecular(config: TrabecularConfig, n: int, layout: Layout, rng: torch.Generator) -> TrabecularParams:
    """Draw the trabeculae of `n` samples; all parts of a vertebra have them but its cortex."""
    width = config.width_mm.sample((n, 1), rng).expand(-1, layout.grid.dim).clone()
    along = layout.grid.dim - 1 - torch.randint(2, (n,), generator=rng)
    width[torch.arange(n), along] *= config.elongation.sample((n,), rng)
    strength = config.strength.sample((n, 1, 1, 1), rng) * layout.made_of(VERTEBRA)[..., None]
    return TrabecularParams(draw_on(config.probability, n, rng), width, strength, draw_seeds(n, rng))


def strands(params: TrabecularParams, grid: Grid, device: torch.device) -> torch.Tensor | None:
    """Noise of deviation 1 in strands, (B, 1, *S), 0 where it is off; None if no sample has any."""
    if not params.on.any():
        return None
    return _perlin_where_on(
        params.on, params.seed, [(grain, 1, 1.0) for grain in params.grain_mm.tolist()], grid, device
    )


def trabecular_layers(params: TrabecularParams, scene: Scene, device: torch.device) -> list[Layer]:
    """The strands within the vertebrae, if there are any."""
    noise = strands(params, scene.grid, device)
    return [] if noise is None else [(noise, scene.table(params.strength))]


class GammaParams(NamedTuple):
    """Exponent (B,)."""

    on: torch.Tensor
    gamma: torch.Tensor


def sample_gamma(config: GammaConfig, n: int, layout: Layout, rng: torch.Generator) -> GammaParams:
    """Draw the exponent of `n` samples."""
    return GammaParams(draw_on(config.probability, n, rng), config.log_gamma.sample((n,), rng).exp())


def apply_gamma(x: torch.Tensor, params: GammaParams, scene: Scene) -> torch.Tensor:
    """Raise x, clipped at 0 and relative to its maximum, to the power gamma; the maximum stays.

    By logarithm and exponential, which take half the time of a power.
    """
    gamma = per_sample(params.gamma, x)
    top = x.amax(tuple(range(1, x.ndim)), keepdim=True).clamp(min=1e-6)
    return x.clamp_(min=1e-30).log_().mul_(gamma).add_((1 - gamma) * top.log()).exp_()
