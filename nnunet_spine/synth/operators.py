"""Linear operators that steps share: smooth fields from nodes, and the change of resolution."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import torch
from torch.nn.functional import interpolate


def join(samples: Sequence[torch.Tensor]) -> torch.Tensor:
    """One batch of samples (1, ...) made one by one; a single one is not copied."""
    return samples[0] if len(samples) == 1 else torch.cat(tuple(samples))


def beside(tensor: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """A tensor on the device and in the type of x, without waiting for the device."""
    return tensor.to(x, non_blocking=True)


def to_range(x: torch.Tensor, top: float) -> torch.Tensor:
    """Scale x to 0 to `top`, but for what lies beyond three deviations, lest a vessel take all the range."""
    centred = x - x.mean()
    reach = 3 * torch.linalg.vector_norm(centred) / centred.numel() ** 0.5
    low, high = torch.aminmax(centred)
    low, high = torch.maximum(low, -reach), torch.minimum(high, reach)
    return centred.sub_(low).mul_(top / (high - low).clamp(min=1e-6))


def apply_along_axes(x: torch.Tensor, matrices: Sequence[torch.Tensor]) -> torch.Tensor:
    """Multiply every spatial axis of x (B, C, *S) by its matrix (T, S); gives (B, C, *T).

    From the last axis to the first, so that what is largest is one product.
    """
    for axis, matrix in reversed(list(enumerate(matrices, 2))):
        shape = x.shape
        product = beside(matrix, x) @ x.reshape(*shape[: axis + 1], -1)
        x = product.reshape(*shape[:axis], len(matrix), *shape[axis + 1 :])
    return x


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
    return join(out)


def shrink(x: torch.Tensor, size: Sequence[int]) -> torch.Tensor:
    """Antialiased reduction of x (B, C, *S) to `size`, axis by axis in 3D."""
    if tuple(x.shape[2:]) == tuple(size):
        return x
    if len(size) == 2:
        return interpolate(_halved_while_large(x, size), list(size), mode="bilinear", antialias=True)
    inplane = shrink(x.flatten(1, 2), size[1:]).unflatten(1, x.shape[1:3])
    return shrink(inplane.flatten(3), (size[0], size[1] * size[2])).unflatten(3, size[1:])


def _halved_while_large(x: torch.Tensor, size: Sequence[int]) -> torch.Tensor:
    """Average pairs while there are `_FINE` times as many samples as wanted."""
    while all(have >= _FINE * want and have % 2 == 0 for have, want in zip(x.shape[2:], size, strict=True)):
        x = halve(x)
    return x


def halve(x: torch.Tensor) -> torch.Tensor:
    """Average pairs of rows and of columns of x (B, C, *S), a fifth of the cost of `shrink`; an odd one is repeated."""
    if x.shape[-2] % 2:
        x = torch.cat((x, x[..., -1:, :]), dim=-2)
    x = x[..., ::2, :] + x[..., 1::2, :]
    if x.shape[-1] % 2:
        x = torch.cat((x, x[..., -1:]), dim=-1)
    return (x[..., ::2] + x[..., 1::2]).mul_(0.25)


_FINE = 3
"""Samples for one coarse sample above which pairs may be averaged first; the width of the response changes by 5 %."""


def enlarge(x: torch.Tensor, size: Sequence[int]) -> torch.Tensor:
    """Linear interpolation of x (B, C, *S) to `size`."""
    if tuple(x.shape[2:]) == tuple(size):
        return x
    return interpolate(x, list(size), mode="bilinear" if len(size) == 2 else "trilinear")


def enlarge_noise(x: torch.Tensor, size: Sequence[int], white: float = 1.0) -> torch.Tensor:
    """Linear interpolation of noise to `size` that keeps its variance everywhere.

    The variance of a sample between two nodes at distances f and 1 - f is f^2 + (1 - f)^2 of theirs, for each axis, if
    these are independent. Of noise that is smooth already nothing is lost.

    Args:
        x: (B, 1, *S) noise of equal variance everywhere.
        size: of the output.
        white: share of the variance that is independent from node to node, above 0.
    """
    if tuple(x.shape[2:]) == tuple(size):
        return x
    left = [beside(_variance_left(coarse, fine), x) for coarse, fine in zip(x.shape[2:], size, strict=True)]
    if white == 1:
        out = enlarge(x, size)
        for axis, variance in enumerate(left):
            out.mul_(_along(variance.rsqrt(), axis, len(size)))
        return out
    everywhere = _along(left[0], 0, len(size)) * white
    for axis, variance in enumerate(left[1:], 1):
        everywhere = everywhere * _along(variance, axis, len(size))
    return enlarge(x, size).mul_(everywhere.add_(1 - white).rsqrt_())


def _along(values: torch.Tensor, axis: int, dim: int) -> torch.Tensor:
    """Values (N,) shaped to act along one of `dim` axes."""
    return values.reshape(-1, *[1] * (dim - 1 - axis))


@lru_cache(maxsize=4096)  # sizes are random, but not that many
def _variance_left(coarse: int, fine: int) -> torch.Tensor:
    """Variance of every interpolated sample of an axis, relative to that of its independent nodes."""
    position = ((torch.arange(fine) + 0.5) * (coarse / fine) - 0.5).clamp(0, coarse - 1)
    f = position - position.floor()
    return f**2 + (1 - f) ** 2
