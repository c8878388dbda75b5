"""What goes wrong in k-space: motion between its lines, an early end, single wrong points. Slice by slice in 3D."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch.fft import fft, ifft, irfft, rfft

from nnunet_spine.synth.artefacts.sides import along, draw_axis, one_by_one
from nnunet_spine.synth.artefacts.waves import plane_waves
from nnunet_spine.synth.config import GibbsConfig, MotionConfig, SpikeConfig
from nnunet_spine.synth.steps import Layout, Scene, draw_on


class MotionParams(NamedTuple):
    """The motion of `MotionConfig`, with its phase in radians and the phase encoding axis; all (B,)."""

    on: torch.Tensor
    drift_mm: torch.Tensor
    amplitude_mm: torch.Tensor
    cycles: torch.Tensor
    phase: torch.Tensor
    axis: torch.Tensor


_CENTRE = 0.02
"""Frequency in cycles per voxel up to which k-space says where an object is, not what it looks like."""


def sample_motion(config: MotionConfig, n: int, layout: Layout, rng: torch.Generator) -> MotionParams:
    """Draw the motion of `n` samples."""
    return MotionParams(
        draw_on(config.probability, n, rng),
        config.drift_mm.sample((n,), rng),
        config.amplitude_mm.sample((n,), rng),
        config.cycles.sample((n,), rng),
        2 * math.pi * torch.rand(n, generator=rng),
        draw_axis(n, rng),
    )


def apply_motion(x: torch.Tensor, params: MotionParams, scene: Scene) -> torch.Tensor:
    """Magnitude of an image whose object drifts and swings along the phase encoding axis while it is measured.

    The lines of k-space are measured one after the other, from one edge to the other. On average over those at the
    centre, which say where the object is seen, it is where its labels are.
    """
    for image, motion in one_by_one(x, params):
        n = image.shape[motion.axis]
        time = (torch.arange(n, device=x.device) - n // 2) / n
        swing = motion.amplitude_mm * (2 * math.pi * motion.cycles * time + motion.phase).sin()
        position_mm = motion.drift_mm * time + swing
        centre = slice(n // 2 - int(_CENTRE * n), n // 2 + int(_CENTRE * n) + 1)
        position_mm -= position_mm[centre].mean()
        move_lines(image, position_mm / scene.grid.spacing_mm[motion.axis], motion.axis)
    return x


def move_lines(image: torch.Tensor, position_vox: torch.Tensor, axis: int) -> torch.Tensor:
    """Replace an image by the magnitude of what is measured if the object lies elsewhere for every line of k-space.

    A displacement d multiplies the line of frequency f by exp(-2 pi i f d). The object is real, so half of k-space
    says it all: of the factors, the part that is symmetric under conjugation makes the real part of what is measured,
    the other one the imaginary part. That takes half of the time of complex transforms.

    Args:
        image: (..., H, W), written to.
        position_vox: (N,) position along the axis, in the order of the frequencies from -1/2 cycle per voxel on.
        axis: -2 or -1, of size N.

    Returns:
        The image.
    """
    n = image.shape[axis]
    frequency = (torch.arange(n, device=image.device) - n // 2) / n
    angle = torch.fft.ifftshift(-2 * math.pi * frequency * position_vox)
    factor = torch.polar(torch.ones_like(angle), angle)
    mirrored = factor.flip(0).roll(1).conj()
    half = slice(n // 2 + 1)
    spectrum = rfft(image, dim=axis)
    imaginary = irfft(spectrum * along(axis, (factor - mirrored)[half] / 2j), n=n, dim=axis)
    real = irfft(spectrum.mul_(along(axis, (factor + mirrored)[half] / 2)), n=n, dim=axis)
    return torch.sqrt(real.mul_(real).addcmul_(imaginary, imaginary), out=image)


class GibbsParams(NamedTuple):
    """Share of the frequencies that are measured along both axes of the slice, (B, 2)."""

    on: torch.Tensor
    cutoff: torch.Tensor


def sample_gibbs(config: GibbsConfig, n: int, layout: Layout, rng: torch.Generator) -> GibbsParams:
    """Draw where k-space ends for `n` samples."""
    return GibbsParams(draw_on(config.probability, n, rng), config.cutoff.sample((n, 2), rng))


def apply_gibbs(x: torch.Tensor, params: GibbsParams, scene: Scene) -> torch.Tensor:
    """Magnitude of the image whose k-space is zero beyond the cutoff, which overshoots by 9 % at every edge."""
    for image, gibbs in one_by_one(x, params):
        size = image.shape[-2:]
        rows, columns = (int(cutoff * n / 2) for cutoff, n in zip(gibbs.cutoff, size, strict=True))
        measured = fft(rfft(image)[..., : columns + 1], dim=-2)
        measured[..., rows + 1 : size[0] - rows, :] = 0
        torch.abs(irfft(ifft(measured, dim=-2), n=size[1]), out=image)
    return x


class SpikeParams(NamedTuple):
    """Points of k-space: cycles per voxel (B, K, d), phase in radians (B, K), amplitude (B, K), 0 for unused ones."""

    on: torch.Tensor
    frequency: torch.Tensor
    phase: torch.Tensor
    amplitude: torch.Tensor


def sample_spikes(config: SpikeConfig, n: int, layout: Layout, rng: torch.Generator) -> SpikeParams:
    """Draw the wrong points of `n` samples: in any direction within the slice, anywhere through the slices."""
    most = int(config.count.b)
    used = torch.arange(most) < config.count.sample_int((n, 1), rng)
    size = torch.tensor(layout.grid.size)
    extent_mm = size * torch.tensor(layout.grid.spacing_mm)
    angle = 2 * math.pi * torch.rand(n, most, 1, generator=rng)
    direction = torch.cat((angle.sin(), angle.cos()), dim=-1)
    through = size[:-2] * (torch.rand(n, most, layout.grid.dim - 2, generator=rng) - 0.5)
    within = extent_mm[-2:] * direction / config.period_mm.sample((n, most, 1), rng)
    point = torch.cat((through, within), dim=-1).round().clamp(-(size // 2), size // 2)
    return SpikeParams(
        draw_on(config.probability, n, rng),
        point / size,
        2 * math.pi * torch.rand(n, most, generator=rng),
        config.amplitude.sample((n, most), rng) * used,
    )


def apply_spikes(x: torch.Tensor, params: SpikeParams, scene: Scene) -> torch.Tensor:
    """Magnitude of the image with a complex wave added for every wrong point."""
    size = x.shape[2:]
    frequency, phase, amplitude = (value.to(x.device, non_blocking=True) for value in params[1:])
    imaginary = plane_waves(frequency, phase - math.pi / 2, amplitude, size)
    x.add_(plane_waves(frequency, phase, amplitude, size))
    return x.mul_(x).addcmul_(imaginary, imaginary).sqrt_()
