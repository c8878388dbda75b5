"""Linear operators along one axis, as small matrices: smooth fields, point spread functions, change of resolution.

A matrix times an axis is the same code in 2D and 3D, batched with its own matrix per sample, on CPU and GPU.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch

FWHM_PER_SIGMA = 2.3548
"""Full width at half maximum of a Gaussian, in units of its standard deviation."""


def apply_along_axes(x: torch.Tensor, matrices: Sequence[torch.Tensor | None]) -> torch.Tensor:
    """Multiply every spatial axis by its matrix.

    Args:
        x: (B, C, *S).
        matrices: for each spatial axis a matrix (T, S) or, one per sample, (B, T, S); None leaves the axis alone.

    Returns:
        (B, C, *T).
    """
    for axis, matrix in enumerate(matrices):
        if matrix is not None:
            first = x.movedim(2 + axis, 1)
            product = matrix @ first.flatten(2)
            x = product.unflatten(2, first.shape[2:]).movedim(1, 2 + axis)
    return x.contiguous()


def bspline_matrix(size: int, node_distance: float) -> torch.Tensor:
    """Cubic B-spline basis of a uniform grid of nodes, centred on the axis.

    Args:
        size: number of samples.
        node_distance: distance of the nodes in samples, above 0.

    Returns:
        (size, nodes) with rows that sum to 1.
    """
    intervals = max(1, int((size - 1) / node_distance) + 1)
    start = (intervals * node_distance - (size - 1)) / 2
    position = (torch.arange(size) + start) / node_distance
    nodes = torch.arange(-1, intervals + 2)
    distance = (position[:, None] - nodes[None]).abs()
    near = 2 / 3 - distance**2 + distance**3 / 2
    far = (2 - distance).clamp(min=0) ** 3 / 6
    return torch.where(distance < 1, near, far)


def gaussian_matrix(size: int, sigma: torch.Tensor) -> torch.Tensor:
    """Gaussian blur along an axis, renormalised at the ends.

    Args:
        size: number of samples.
        sigma: (B,) standard deviation in samples; 0 gives the identity.

    Returns:
        (B, size, size).
    """
    offset = torch.arange(size, device=sigma.device)
    profile = torch.exp(-0.5 * (offset / sigma.clamp(min=1e-3)[:, None]) ** 2)
    weights = profile[:, (offset[:, None] - offset).abs()]
    return weights / weights.sum(-1, keepdim=True)


def acquisition_matrices(size: int, factor: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Down to a grid `factor` times coarser and back.

    The coarse samples see the axis through a Gaussian whose full width at half maximum is their distance, narrowed by
    the width of one fine sample, which the image already has; the way back is linear interpolation.

    Args:
        size: number of fine samples.
        factor: (B,) ratio of the sample distances; 1 or below changes nothing.

    Returns:
        down (B, N, size) and up (B, size, N), where N belongs to the smallest factor.
    """
    factor = factor.clamp(1, max(1, size))
    count = (size / factor).round().clamp(min=1)
    n = int(count.max())
    centre = torch.arange(n)[None] * factor[:, None] - (count[:, None] - 1) * factor[:, None] / 2 + (size - 1) / 2
    sigma = (factor**2 - 1).clamp(min=1e-6).sqrt() / FWHM_PER_SIGMA
    fine = torch.arange(size)
    down = torch.exp(-0.5 * ((centre[:, :, None] - fine) / sigma[:, None, None]) ** 2)
    down = down / down.sum(-1, keepdim=True).clamp(min=1e-20)
    up = (1 - (fine[:, None] - centre[:, None]).abs() / factor[:, None, None]).clamp(min=0)
    up = up * (torch.arange(n) < count[:, None])[:, None]
    up = up / up.sum(-1, keepdim=True)
    return down, up
