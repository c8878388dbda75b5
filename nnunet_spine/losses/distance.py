"""Exact Euclidean distance maps on the device of the labels, and signed ones of classes.

Squared distances are made axis by axis (Saito and Toriwaki, New algorithms for Euclidean distance transformation,
Pattern Recognition 27, 1994): along the first axis in log n passes, along every other one as the least over all lines
of what they have plus the squared way from them. Whole lines are one operation, so that nothing depends on values; but
where it costs nothing to look at them, on a CPU, only lines with seeds are taken, and only voxels that are not seeds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch

_BLOCK = {"cpu": 2**17}
"""Elements worked on at a time: as many as stay in the cache of a core."""
_LARGE_BLOCK = 2**22
"""The same for GPUs, where the number of passes costs more than their size."""

Box = tuple[slice, ...]


def signed_distance(masks: torch.Tensor, spacing: Sequence[float], counted: torch.Tensor | None = None) -> torch.Tensor:
    """Distance to the nearest voxel on the other side of the border, negative inside.

    One of the two distances of which it is the difference is 0.

    Args:
        masks: (B, C, *S) bool.
        spacing: distance of neighbours along each of *S.
        counted: (B, 1, *S) bool, voxels known to be on one of the sides; None if all are.

    Returns:
        (B, C, *S) float32. All 0 for a mask without a border, which is one that is empty or full; without meaning in
        voxels that do not count.
    """
    others = ~masks if counted is None else ~masks & counted
    signed = distance_to(masks, spacing) - distance_to(others, spacing)
    return signed.nan_to_num_(nan=0, posinf=0, neginf=0)


@torch.compiler.disable
@torch.no_grad()
def distance_to(seeds: torch.Tensor, spacing: Sequence[float]) -> torch.Tensor:
    """Distance of every voxel to the nearest seed. On a GPU nothing waits for the device.

    Args:
        seeds: (..., *S) bool.
        spacing: distance of neighbours along each of *S.

    Returns:
        (..., *S) float32, infinite where there is no seed.
    """
    size = seeds.shape[seeds.ndim - len(spacing) :]
    squared = (~seeds).float().mul_(torch.inf).nan_to_num_(nan=0, posinf=torch.inf).contiguous()  # faster than `where`
    if seeds.device.type == "cpu":
        for each, mask in zip(squared.view(-1, *size), seeds.reshape(-1, *size), strict=True):
            _transform_what_is_needed(each, mask, spacing)
    else:
        _transform(squared.view(-1, *size), spacing, tuple(slice(0, n) for n in size))
    return squared.sqrt_()


def _transform_what_is_needed(squared: torch.Tensor, seeds: torch.Tensor, spacing: Sequence[float]) -> None:
    """As `_transform`, of one mask (*S) and without its margins.

    Beyond the box of the voxels that are not seeds all are, so the seed nearest to one of them is in the box or next
    to it: the way to any other passes one that is nearer.
    """
    wanted = _box(~seeds, margin=1)
    seeded = wanted and _box(seeds[wanted])
    if seeded:
        _transform(squared[wanted][None], spacing, seeded)


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


def _transform(squared: torch.Tensor, spacing: Sequence[float], seeded: Box) -> None:
    """Fill squared distances (N, *S), 0 at seeds and infinite elsewhere, in place; seeds are within a box of *S.

    The axis along which the box is longest comes first, since the others have a pass for each of its lines.
    """
    region = list(seeded)
    order = sorted(range(len(seeded)), key=lambda axis: seeded[axis].start - seeded[axis].stop)
    for axis in order:
        region[axis] = slice(None)
        for lines in _blocks(squared[(slice(None), *region)].movedim(axis + 1, 0)):
            if axis == order[0]:
                _way_along(lines, spacing[axis])
            else:
                _least_of_lines(lines, spacing[axis], seeded[axis])


def _blocks(x: torch.Tensor) -> Iterator[torch.Tensor]:
    """Views of x (n, ...) that are small enough and together make it up, all of them whole along the first axis."""
    longest = max(range(1, x.ndim), key=x.shape.__getitem__)
    across = max(1, x.numel() // x.shape[longest])
    yield from x.split(max(1, _BLOCK.get(x.device.type, _LARGE_BLOCK) // across), longest)


def _way_along(lines: torch.Tensor, step: float) -> None:
    """Squared way to the nearest zero along the first axis of (n, ...); ways are made of powers of two."""
    scratch, shift = torch.empty_like(lines), 1
    while shift < len(lines):
        torch.add(lines, shift * step, out=scratch)
        torch.minimum(lines[shift:], scratch[:-shift], out=lines[shift:])
        torch.minimum(lines[:-shift], scratch[shift:], out=lines[:-shift])
        shift *= 2
    lines.square_()


def _least_of_lines(lines: torch.Tensor, step: float, seeded: slice) -> None:
    """Of lines (n, ...), what each has becomes the least of what any has plus the squared way from it."""
    n, scratch, sources = len(lines), torch.empty_like(lines), lines[seeded].clone()
    ways = torch.arange(1 - n, n, device=lines.device, dtype=lines.dtype).mul_(step).square_()
    ways = ways.view(-1, *[1] * (lines.ndim - 1))
    for place, source in enumerate(sources.unbind(), seeded.start):
        torch.add(source, ways[n - 1 - place : 2 * n - 1 - place], out=scratch)
        torch.minimum(lines, scratch, out=lines)
