"""Euclidean distance maps on the device of the labels, exact up to a given distance, and signed ones of classes.

Squared distances are made axis by axis (Saito and Toriwaki, New algorithms for Euclidean distance transformation,
Pattern Recognition 27, 1994): along the first axis in log n passes, along every other one as the least over the lines
within reach of what they have plus the squared way from them. On a GPU whole blocks are two operations, in which
nothing depends on values; on a CPU, where it costs nothing to look at them, only lines with seeds are taken, and only
voxels that are not seeds.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import torch
from torch.nn import functional as F  # noqa: N812

_BLOCK = {"cpu": 2**17}
"""Elements worked on at a time: as many as stay in the cache of a core."""
_LARGE_BLOCK = 2**25
"""The same for GPUs (128 MiB), where the number of operations costs too."""

Box = tuple[slice, ...]


def signed_distance(
    masks: torch.Tensor,
    spacing: Sequence[float],
    counted: torch.Tensor | None = None,
    farthest: float = math.inf,
) -> torch.Tensor:
    """Distance to the nearest voxel on the other side of the border, negative inside.

    One of the two distances of which it is the difference is 0.

    Args:
        masks: (B, C, *S) bool.
        spacing: distance of neighbours along each of *S.
        counted: (B, 1, *S) bool, voxels known to be on one of the sides; None if all are.
        farthest: larger distances become this one.

    Returns:
        (B, C, *S) float32. All 0 for a mask without a border, which is one that is empty or full; without meaning in
        voxels that do not count.
    """
    others = ~masks if counted is None else ~masks & counted
    signed = distance_to(masks, spacing, farthest) - distance_to(others, spacing, farthest)
    return signed.nan_to_num_(nan=0, posinf=0, neginf=0)


def signed_distance_of_classes(
    masks: torch.Tensor, spacing: Sequence[float], farthest: float = math.inf
) -> torch.Tensor:
    """The same of masks that do not overlap and together are all voxels that count, with one map for each of them.

    Outside a class is inside another one, so that the way out is the way to the nearest of the others.

    Args:
        masks: (B, C, *S) bool, the background among them.
        spacing: distance of neighbours along each of *S.
        farthest: larger distances become this one.

    Returns:
        (B, C, *S) as of `signed_distance`.
    """
    way_in = distance_to(masks, spacing, farthest)
    way_out = way_in.masked_fill(masks, math.inf).amin(1, keepdim=True)
    return torch.where(masks, -way_out, way_in).nan_to_num_(posinf=0, neginf=0)


@torch.compiler.disable
@torch.no_grad()
def distance_to(seeds: torch.Tensor, spacing: Sequence[float], farthest: float = math.inf) -> torch.Tensor:
    """Distance of every voxel to the nearest seed. On a GPU nothing waits for the device.

    Args:
        seeds: (..., *S) bool.
        spacing: distance of neighbours along each of *S.
        farthest: larger distances become this one.

    Returns:
        (..., *S) float32, infinite where there is no seed.
    """
    size = seeds.shape[seeds.ndim - len(spacing) :]
    reaches = [_steps(farthest, step, n) for step, n in zip(spacing, size, strict=True)]
    squared = (~seeds).float().mul_(torch.inf).nan_to_num_(nan=0, posinf=torch.inf).contiguous()  # faster than `where`
    flat, masks = squared.view(-1, *size), seeds.reshape(-1, *size)
    if seeds.device.type == "cpu":
        for each, mask in zip(flat, masks, strict=True):
            _transform_what_is_needed(each, mask, spacing, reaches)
    else:
        _transform_whole(flat, spacing, reaches)
    distance = squared.sqrt_()
    if farthest < math.inf:
        without = ~masks.flatten(1).any(1).view(-1, *[1] * len(size))
        flat.clamp_(max=farthest).masked_fill_(without, math.inf)
    return distance


def _steps(farthest: float, step: float, n: int) -> int:
    """How many voxels away it matters what is there, of n along an axis."""
    return n - 1 if farthest >= step * (n - 1) else math.floor(farthest / step)


def _transform_what_is_needed(
    squared: torch.Tensor, seeds: torch.Tensor, spacing: Sequence[float], reaches: Sequence[int]
) -> None:
    """Fill the squared distances of one mask (*S), without its margins.

    Beyond the box of the voxels that are not seeds all are, so the seed nearest to one of them is in the box or next
    to it: the way to any other passes one that is nearer.
    """
    wanted = _box(~seeds, margin=1)
    seeded = wanted and _box(seeds[wanted])
    if seeded:
        _transform(squared[wanted][None], spacing, reaches, seeded)


def _box(mask: torch.Tensor, margin: int = 0) -> Box | None:
    """The smallest box around a mask (*S), with a margin where the image has one; None around nothing."""
    box, bits = [], mask.view(torch.uint8)  # of which the largest is found 50 times as fast as any that is True
    for axis, n in enumerate(mask.shape):
        others = [other for other in range(mask.ndim) if other != axis]
        found = (bits.amax(others) if others else bits).nonzero().flatten().tolist()
        if not found:
            return None
        box.append(slice(max(0, found[0] - margin), min(n, found[-1] + 1 + margin)))
    return tuple(box)


def _transform(squared: torch.Tensor, spacing: Sequence[float], reaches: Sequence[int], seeded: Box) -> None:
    """Fill squared distances (N, *S), 0 at seeds and infinite elsewhere, in place; seeds are within a box of *S.

    The axis along which the box is longest comes first, since the others have a pass for each of its lines.
    """
    region = list(seeded)
    order = sorted(range(len(seeded)), key=lambda axis: seeded[axis].start - seeded[axis].stop)
    for axis in order:
        region[axis] = slice(None)
        for block in _blocks(squared[(slice(None), *region)], axis + 1, _BLOCK["cpu"]):
            lines = block.movedim(axis + 1, 0)
            if axis == order[0]:
                _way_along(lines, spacing[axis], reaches[axis])
            else:
                _least_of_lines(lines, spacing[axis], reaches[axis], seeded[axis])


def _transform_whole(squared: torch.Tensor, spacing: Sequence[float], reaches: Sequence[int]) -> None:
    """The same, wherever seeds are, with few operations; the axis with the longest reach comes first."""
    first, *rest = sorted(range(len(spacing)), key=reaches.__getitem__, reverse=True)
    for block in _blocks(squared, first + 1, _LARGE_BLOCK):
        _way_along(block.movedim(first + 1, 0), spacing[first], reaches[first])
    for axis in rest:
        ways = _squared_ways(reaches[axis], spacing[axis], squared)
        for block in _blocks(squared, axis + 1, _LARGE_BLOCK // len(ways)):
            _least_in_windows(block, axis + 1, ways)


def _blocks(x: torch.Tensor, axis: int, elements: int) -> Iterator[torch.Tensor]:
    """Views of x that are small enough, if that can be, and together make it up, all of them whole along an axis."""
    longest = max((other for other in range(x.ndim) if other != axis), key=x.shape.__getitem__)
    across = max(1, x.numel() // x.shape[longest])
    yield from x.split(max(1, elements // across), longest)


def _way_along(lines: torch.Tensor, step: float, reach: int) -> None:
    """Squared way to the nearest zero along the first axis of (n, ...); ways are made of powers of two."""
    scratch, shift = torch.empty_like(lines), 1
    while shift <= reach:
        torch.add(lines, shift * step, out=scratch)
        torch.minimum(lines[shift:], scratch[:-shift], out=lines[shift:])
        torch.minimum(lines[:-shift], scratch[shift:], out=lines[:-shift])
        shift *= 2
    lines.square_()


def _least_of_lines(lines: torch.Tensor, step: float, reach: int, seeded: slice) -> None:
    """Of lines (n, ...), what each has becomes the least of what any within reach has plus the squared way from it."""
    n, scratch, sources = len(lines), torch.empty_like(lines), lines[seeded].clone()
    ways = _squared_ways(n - 1, step, lines).view(-1, *[1] * (lines.ndim - 1))
    for place, source in enumerate(sources.unbind(), seeded.start):
        near = slice(max(0, place - reach), min(n, place + reach + 1))
        torch.add(source, ways[near.start + n - 1 - place : near.stop + n - 1 - place], out=scratch[near])
        torch.minimum(lines[near], scratch[near], out=lines[near])


def _least_in_windows(x: torch.Tensor, axis: int, ways: torch.Tensor) -> None:
    """The same along any axis of x, for all lines at once, with the squared ways to all that is within reach."""
    reach = len(ways) // 2
    padded = F.pad(x, [0, 0] * (x.ndim - 1 - axis) + [reach, reach], value=math.inf)
    windows = padded.unfold(axis, len(ways), 1).movedim(-1, 0)
    scratch = x.new_empty(windows.shape)
    torch.add(windows, ways.view(-1, *[1] * x.ndim), out=scratch)
    torch.amin(scratch, 0, out=x)


def _squared_ways(reach: int, step: float, like: torch.Tensor) -> torch.Tensor:
    """Of -reach to reach voxels: (2 reach + 1,), of the type and on the device of a tensor."""
    return torch.arange(-reach, reach + 1, device=like.device, dtype=like.dtype).mul_(step).square_()
