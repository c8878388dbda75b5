"""Linear operators that steps share: smooth fields from nodes, and the change of resolution."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import torch
from torch.nn.functional import interpolate


def apply_along_axes(x: torch.Tensor, matrices: Sequence[torch.Tensor]) -> torch.Tensor:
    """Multiply every spatial axis of x (B, C, *S) by its matrix (T, S); gives (B, C, *T)."""
    for axis, matrix in enumerate(matrices):
        first = x.movedim(2 + axis, 1)
        product = matrix @ first.flatten(2)
        x = product.unflatten(2, first.shape[2:]).movedim(1, 2 + axis)
    return x.contiguous()


def node_positions(size: int, node_distance: float) -> torch.Tensor:
    """Where the nodes of a smooth field lie, in samples: evenly spaced, centred, one beyond either end of the axis."""
    intervals = max(1, int((size - 1) / node_distance) + 1)
    return (torch.arange(-1, intervals + 2) - intervals / 2) * node_distance + (size - 1) / 2


@lru_cache(maxsize=64)  # the same few for every batch of a training
def bspline_matrix(size: int, node_distance: float) -> torch.Tensor:
    """Cubic B-spline basis of the nodes of `node_positions`.

    Args:
        size: number of samples.
        node_distance: distance of the nodes in samples, above 0.

    Returns:
        (size, nodes) with rows that sum to 1. Values of a straight line at the nodes give that line at the samples.
    """
    distance = (torch.arange(size)[:, None] - node_positions(size, node_distance)).abs() / node_distance
    near = 2 / 3 - distance**2 + distance**3 / 2
    far = (2 - distance).clamp(min=0) ** 3 / 6
    return torch.where(distance < 1, near, far)


def coarser_size(size: int, factor: float) -> int:
    """Number of samples of an axis on a grid `factor` times coarser; a factor of 1 or below changes nothing."""
    return max(1, round(size / max(factor, 1.0)))


def at_resolution(x: torch.Tensor, resolution_mm: torch.Tensor, spacing_mm: Sequence[float]) -> torch.Tensor:
    """Sample every image at a coarser grid and interpolate linearly back to its own.

    The coarse samples see the image through a triangle whose full width at half maximum is their distance.

    Args:
        x: (B, C, *S).
        resolution_mm: (B, d) distance of the coarse samples along each axis, on the CPU; finer than the grid has no
            effect.
        spacing_mm: distance of the samples of x.

    Returns:
        (B, C, *S).
    """
    size = x.shape[2:]
    out = []
    for image, targets in zip(x.split(1), resolution_mm.tolist(), strict=True):
        coarse = [coarser_size(n, target / mm) for n, target, mm in zip(size, targets, spacing_mm, strict=True)]
        out.append(enlarge(shrink(image, coarse), size))
    return torch.cat(out)


def shrink(x: torch.Tensor, size: Sequence[int]) -> torch.Tensor:
    """Antialiased reduction of x (B, C, *S) to `size`, axis by axis in 3D."""
    if tuple(x.shape[2:]) == tuple(size):
        return x
    if len(size) == 2:
        return interpolate(x, list(size), mode="bilinear", antialias=True)
    inplane = shrink(x.flatten(1, 2), size[1:]).unflatten(1, x.shape[1:3])
    return shrink(inplane.flatten(3), (size[0], size[1] * size[2])).unflatten(3, size[1:])


def enlarge(x: torch.Tensor, size: Sequence[int]) -> torch.Tensor:
    """Linear interpolation of x (B, C, *S) to `size`."""
    if tuple(x.shape[2:]) == tuple(size):
        return x
    return interpolate(x, list(size), mode="bilinear" if len(size) == 2 else "trilinear")


def enlarge_noise(x: torch.Tensor, size: Sequence[int]) -> torch.Tensor:
    """Linear interpolation of white noise to `size` that keeps its variance everywhere.

    The variance of a sample between two nodes at distances f and 1 - f is f^2 + (1 - f)^2 of theirs, for each axis.
    """
    out = enlarge(x, size)
    for axis, (coarse, fine) in enumerate(zip(x.shape[2:], size, strict=True)):
        position = ((torch.arange(fine, device=x.device) + 0.5) * (coarse / fine) - 0.5).clamp(0, coarse - 1)
        f = position - position.floor()
        out = out / (f**2 + (1 - f) ** 2).sqrt().reshape(-1, *[1] * (len(size) - 1 - axis))
    return out
