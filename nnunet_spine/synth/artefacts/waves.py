"""Plane waves, which are separable: cos(a + b) = cos a cos b - sin a sin b."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch


def plane_waves(
    frequency: torch.Tensor, phase: torch.Tensor, amplitude: torch.Tensor, size: Sequence[int]
) -> torch.Tensor:
    """Sum of K cosine waves: one matrix product, and no trigonometry for each voxel.

    Args:
        frequency: (B, K, d) cycles per voxel along every axis.
        phase: (B, K) in radians at the first voxel.
        amplitude: (B, K).
        size: S of the image.

    Returns:
        (B, 1, *S).
    """
    *others, columns = (
        2 * math.pi * cycles[..., None] * torch.arange(n, device=cycles.device)
        for n, cycles in zip(size, frequency.unbind(-1), strict=True)
    )
    rows = phase[..., None]
    for angle in others:
        rows = (rows[..., None] + angle[:, :, None]).flatten(2)
    left = torch.cat((rows.cos(), -rows.sin()), dim=1) * amplitude.repeat(1, 2)[..., None]
    right = torch.cat((columns.cos(), columns.sin()), dim=1)
    return (left.mT @ right).view(-1, 1, *size)
