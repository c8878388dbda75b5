"""Exact Euclidean distance maps on the device of the labels, and signed ones of classes.

The distance along the last axis comes first, in log n passes. Every other axis then adds its own in the way of
Lotufo and Zampirolli (Fast multidimensional parallel Euclidean distance transform based on mathematical morphology,
SIBGRAPI 2001): squared distances pass to both neighbours, in the k-th pass at the cost 2k - 1 times the squared
spacing. A path that moves in each of the first m passes has paid m squared, and no other comes cheaper. If a pass
changes nothing, none after it does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch

_BLOCK = {"cpu": 2**17}
"""Elements worked on at a time: as many as stay in the cache of a core."""
_LARGE_BLOCK = 2**22
"""The same for GPUs, where the number of passes costs more than their size."""
_CHECK_EVERY = 8
"""Passes from one look whether anything still changes to the next."""


def signed_distance(masks: torch.Tensor, spacing: Sequence[float], counted: torch.Tensor | None = None) -> torch.Tensor:
    """Distance to the nearest voxel on the other side of the border, negative inside; nothing of it is 0.

    Args:
        masks: (B, C, *S) bool.
        spacing: distance of neighbours along each of *S.
        counted: (B, 1, *S) bool, voxels known to be on one of the sides; None if all are.

    Returns:
        (B, C, *S) float32. All 0 for a mask without a border, which is one that is empty or full.
    """
    others = ~masks if counted is None else ~masks & counted
    to_mask, to_others = distance_to(torch.stack((masks, others)), spacing)
    signed = torch.where(masks, -to_others, to_mask)
    return signed.masked_fill_(signed.isinf(), 0)


@torch.compiler.disable
@torch.no_grad()
def distance_to(seeds: torch.Tensor, spacing: Sequence[float]) -> torch.Tensor:
    """Distance of every voxel to the nearest seed.

    On a GPU nothing waits for the device; on a CPU the passes end as soon as nothing changes.

    Args:
        seeds: (..., *S) bool.
        spacing: distance of neighbours along each of *S.

    Returns:
        (..., *S) float32, infinite where there is no seed.
    """
    squared = torch.where(seeds, 0.0, torch.inf).contiguous()
    for line in _blocks(squared, -1):
        _pass_by_doubling(line, spacing[-1])
        line.square_()
    for axis in range(-2, -len(spacing) - 1, -1):
        for block in _blocks(squared, axis):
            _pass_by_steps(block, spacing[axis] ** 2)
    return squared.sqrt_()


def _blocks(x: torch.Tensor, axis: int) -> Iterator[torch.Tensor]:
    """Views (L, N, T) of x that are small enough and together make it up, with the axis in the middle."""
    n = x.shape[axis]
    lines = x.view(-1, n, x.shape[axis + 1 :].numel() if axis < -1 else 1)
    size = max(1, _BLOCK.get(x.device.type, _LARGE_BLOCK) // n)
    for part in lines.split(max(1, size // lines.shape[2])):
        yield from part.split(size, dim=2)


def _pass_by_doubling(distance: torch.Tensor, step: float) -> None:
    """In each line of (L, N, T), the least of distance plus way, in place; the way is made of powers of two."""
    scratch, shift = torch.empty_like(distance), 1
    while shift < distance.shape[1]:
        torch.add(distance, shift * step, out=scratch)
        for near, other in _neighbours(distance, scratch, shift):
            torch.minimum(near, other, out=near)
        shift *= 2


def _pass_by_steps(squared: torch.Tensor, step_squared: float) -> None:
    """In each line of (L, N, T), the least of squared distance plus squared way, in place."""
    scratch = torch.empty_like(squared)
    pairs = _neighbours(squared, scratch, 1)
    may_stop = squared.device.type == "cpu"
    for k in range(1, squared.shape[1]):
        before = squared.clone() if may_stop and k % _CHECK_EVERY == 0 else None
        torch.add(squared, (2 * k - 1) * step_squared, out=scratch)
        for near, other in pairs:
            torch.minimum(near, other, out=near)
        if before is not None and torch.equal(before, squared):
            return


def _neighbours(
    x: torch.Tensor, scratch: torch.Tensor, shift: int
) -> tuple[tuple[torch.Tensor, torch.Tensor], tuple[torch.Tensor, torch.Tensor]]:
    """Voxels of x and those of the scratch that are `shift` before them, then those after them."""
    return (x[:, shift:], scratch[:, :-shift]), (x[:, :-shift], scratch[:, shift:])
