"""What the pulsating fluid of the spinal canal does: it loses signal in patches, and makes ghosts of itself."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch.nn.functional import normalize

from nnunet_spine.synth.artefacts.sides import draw_axis, one_by_one
from nnunet_spine.synth.artefacts.waves import plane_waves
from nnunet_spine.synth.config import FlowVoidConfig, PulsationConfig
from nnunet_spine.synth.ranges import uniform
from nnunet_spine.synth.steps import Layout, Scene, draw_on, per_sample
from nnunet_spine.synth.tissues import CANAL, MOST_PARTS

WAVES = 8
"""Plane waves whose sum is a random field; more would not look different."""

IRREGULARITY = uniform(0.5, 1.5)
"""Frequencies of the waves relative to their mean: waves of one length look like a zebra."""


class FlowVoidParams(NamedTuple):
    """Share of the signal that is lost (B,); waves of the patches: cycles per voxel (B, K, d), radians (B, K)."""

    on: torch.Tensor
    strength: torch.Tensor
    frequency: torch.Tensor
    phase: torch.Tensor


def sample_flow_void(config: FlowVoidConfig, n: int, layout: Layout, rng: torch.Generator) -> FlowVoidParams:
    """Draw the patches of `n` samples: waves in all directions, more or less as long as the patches are apart."""
    direction = normalize(torch.randn(n, WAVES, layout.grid.dim, generator=rng), dim=-1)
    waves_per_mm = IRREGULARITY.sample((n, WAVES, 1), rng) / config.size_mm.sample((n, 1, 1), rng)
    return FlowVoidParams(
        draw_on(config.probability, n, rng),
        config.strength.sample((n,), rng),
        direction * waves_per_mm * torch.tensor(layout.grid.spacing_mm),
        2 * math.pi * torch.rand(n, WAVES, generator=rng),
    )


def apply_flow_void(x: torch.Tensor, params: FlowVoidParams, scene: Scene) -> torch.Tensor:
    """Multiply the canal by 1 - strength * patch, where the patch is a smooth field between 0 and 1."""
    frequency, phase = (value.to(x.device, non_blocking=True) for value in (params.frequency, params.phase))
    deviation_1 = torch.full_like(phase, (2 / WAVES) ** 0.5)
    patch = plane_waves(frequency, phase, deviation_1 / 2, x.shape[2:]).add_(0.5).clamp_(0, 1)
    return x.addcmul_(patch.mul_(canal_signal(x, scene)), per_sample(-params.strength, x))


class PulsationParams(NamedTuple):
    """The ghosts of `PulsationConfig`, with the phase of the pulse in radians and the phase encoding axis; all (B,)."""

    on: torch.Tensor
    strength: torch.Tensor
    distance_mm: torch.Tensor
    phase: torch.Tensor
    axis: torch.Tensor


def sample_pulsation(config: PulsationConfig, n: int, layout: Layout, rng: torch.Generator) -> PulsationParams:
    """Draw the ghosts of `n` samples."""
    return PulsationParams(
        draw_on(config.probability, n, rng),
        config.strength.sample((n,), rng),
        config.distance_mm.sample((n,), rng),
        2 * math.pi * torch.rand(n, generator=rng),
        draw_axis(n, rng),
    )


def apply_pulsation(x: torch.Tensor, params: PulsationParams, scene: Scene) -> torch.Tensor:
    """Magnitude of the image whose canal is brighter and darker by turns while k-space is measured.

    The factor 1 + 2 s cos(2 pi D k / N + phase) of line k adds two copies of the canal, s times as bright, moved by D
    voxels either way, around the field of view, and turned by the phase either way.
    """
    canal = canal_signal(x, scene)
    for (image, pulse), source in zip(one_by_one(x, params), canal.split(1), strict=True):
        distance = round(pulse.distance_mm / scene.grid.spacing_mm[pulse.axis])
        ahead, behind = source.roll(distance, pulse.axis), source.roll(-distance, pulse.axis)
        real, imaginary = pulse.strength * math.cos(pulse.phase), pulse.strength * math.sin(pulse.phase)
        image.add_(ahead, alpha=real).add_(behind, alpha=real)
        ahead.sub_(behind)
        image.mul_(image).addcmul_(ahead, ahead, value=imaginary**2).sqrt_()
    return x


def canal_signal(x: torch.Tensor, scene: Scene) -> torch.Tensor:
    """The image (B, 1, *S) within the spinal canal, 0 elsewhere."""
    is_canal = (scene.tissues.tissues == CANAL).to(x.dtype)
    return scene.of_region(is_canal[:, None].expand(len(x), MOST_PARTS, -1, -1)).mul_(x)
