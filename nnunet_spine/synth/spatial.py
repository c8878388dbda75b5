"""Affine and elastic deformation in millimetres, as the place in the input where every voxel of the output looks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch.nn.functional import grid_sample, pad

from nnunet_spine.synth.config import SpatialConfig
from nnunet_spine.synth.operators import beside, join, node_positions
from nnunet_spine.synth.steps import Grid, Layout, draw_on

INVERTIBLE = 0.4
"""Largest displacement of a B-spline node, in node distances, that keeps the deformation invertible in 2D and 3D
(Choi and Lee, Injectivity conditions of 2D and 3D uniform cubic B-spline functions, Graphical Models 62, 2000); in
the affine map that it is added to, it shrinks with the smallest stretch, and with the diagonal of a cell."""

SLAB_SHARE = 0.1
"""Share of the slices that a deformation may turn out of the slab."""


class SpatialParams(NamedTuple):
    """Deformation of each sample, from output to input, about the centres of both.

    Attributes:
        matrix: (B, d, d).
        shift_mm: (B, d).
        nodes_mm: (B, d, *N) displacement of the nodes of the elastic part.
    """

    matrix: torch.Tensor
    shift_mm: torch.Tensor
    nodes_mm: torch.Tensor


def sample_spatial(config: SpatialConfig, n: int, layout: Layout, rng: torch.Generator) -> SpatialParams:
    """Draw the deformation of `n` samples; the identity where it is switched off."""
    grid, dim = layout.grid, layout.grid.dim
    on = draw_on(config.probability, n, rng).float()
    scale = config.scale.sample((n, 1), rng) * config.anisotropy.sample((n, dim), rng)
    shear = config.shear.sample((n, dim, dim), rng) * (1 - torch.eye(dim))
    matrix = _rotation(config, n, dim, rng) @ (torch.eye(dim) + shear) @ torch.diag_embed(1 / scale)
    matrix = torch.where(on[:, None, None] > 0, matrix, torch.eye(dim))
    shift = config.shift_mm.sample((n, dim), rng) * on[:, None]
    counts = [spline.shape[1] for spline in grid.splines(config.node_distance_mm)]
    column = (n, *[1] * (dim + 1))
    nodes = torch.randn(n, dim, *counts, generator=rng) * (config.elastic_mm.sample((n,), rng) * on).reshape(column)
    stretch = torch.linalg.svdvals(matrix)[:, -1].reshape(column) / dim**0.5
    limit = INVERTIBLE * config.node_distance_mm * stretch
    params = SpatialParams(matrix, shift, nodes.clamp(-limit, limit))
    return params if dim == 2 else _within_slab(params, layout)


def _within_slab(params: SpatialParams, layout: Layout) -> SpatialParams:
    """Weaken the motion along the first axis, across slices, where it would leave the few slices that there are."""
    grid = layout.grid
    reach_mm = (layout.input_size[0] - grid.size[0] + SLAB_SHARE * grid.size[0]) / 2 * grid.spacing_mm[0]
    half_mm = torch.tensor([(n - 1) / 2 * mm for n, mm in zip(grid.size, grid.spacing_mm, strict=True)])
    still = torch.eye(3)[0]
    farthest = ((params.matrix[:, 0] - still).abs() @ half_mm) + params.shift_mm[:, 0].abs()
    farthest = farthest + params.nodes_mm[:, 0].abs().amax((1, 2, 3))
    strength = (reach_mm / farthest.clamp(min=1e-6)).clamp(max=1)
    matrix, shift, nodes = (value.clone() for value in params)
    matrix[:, 0] = still + strength[:, None] * (matrix[:, 0] - still)
    shift[:, 0] *= strength
    nodes[:, 0] *= strength[:, None, None, None]
    return SpatialParams(matrix, shift, nodes)


def _rotation(config: SpatialConfig, n: int, dim: int, rng: torch.Generator) -> torch.Tensor:
    """Rotation matrices (n, d, d): within the slice, and in 3D a tilt of the slice about both of its axes."""
    matrix = _plane_rotation(config.rotation_deg.sample((n,), rng), dim, dim - 2, dim - 1)
    for axis in (1, 2) if dim == 3 else ():
        matrix = matrix @ _plane_rotation(config.tilt_deg.sample((n,), rng), dim, 0, axis)
    return matrix


def _plane_rotation(angle_deg: torch.Tensor, dim: int, i: int, j: int) -> torch.Tensor:
    angle = torch.deg2rad(angle_deg)
    matrix = torch.eye(dim).repeat(len(angle), 1, 1)
    matrix[:, i, i] = matrix[:, j, j] = angle.cos()
    matrix[:, i, j], matrix[:, j, i] = -angle.sin(), angle.sin()
    return matrix


def nodes_mm(params: SpatialParams, layout: Layout, node_distance_mm: float, device: torch.device) -> torch.Tensor:
    """Where the nodes look, in mm from the centre of the input: (B, *N, d).

    Where the input is larger than the output by an odd number of voxels, both centres are half a voxel apart, so that
    voxels still look at voxels.

    Affine and elastic part are added here, since splines reproduce straight lines.
    """
    grid = layout.grid
    matrix, shift_mm, nodes = (value.to(device, non_blocking=True) for value in params)
    margins = zip(layout.input_size, grid.size, grid.spacing_mm, strict=True)
    odd_mm = torch.tensor([(have - want) % 2 * mm / 2 for have, want, mm in margins]).to(device, non_blocking=True)
    axes = [
        (node_positions(n, node_distance_mm / mm) - (n - 1) / 2) * mm
        for n, mm in zip(grid.size, grid.spacing_mm, strict=True)
    ]
    where = torch.stack(torch.meshgrid(*axes, indexing="ij"), dim=-1).to(device, non_blocking=True)
    affine = where.reshape(1, -1, grid.dim) @ matrix.mT + shift_mm[:, None] + odd_mm
    return affine.reshape(-1, *where.shape) + nodes.movedim(1, -1)


def spread_nodes(nodes: torch.Tensor, grid: Grid, node_distance_mm: float) -> torch.Tensor:
    """Values (B, [D,] N, W, d) at the voxels of all axes but the slice's rows, from those at the nodes (B, *N, d).

    That is still small; what is left is one product, see `at_voxels`.
    """
    out, splines = nodes, grid.splines(node_distance_mm)
    for axis in [grid.dim, *range(1, grid.dim - 1)]:
        shape, spline = out.shape, beside(splines[axis - 1], out)
        product = spline @ out.reshape(*shape[:axis], shape[axis], -1)
        out = product.reshape(*shape[:axis], len(spline), *shape[axis + 1 :])
    return out


def at_voxels(spread: torch.Tensor, grid: Grid, node_distance_mm: float) -> torch.Tensor:
    """Values (B, *S, d) at the voxels, from `spread_nodes`; in 3D it may be that of some slices only."""
    spline = beside(grid.splines(node_distance_mm)[-2], spread)
    return (spline @ spread.flatten(-2)).unflatten(-1, spread.shape[-2:])


def relative(mm: torch.Tensor, input_size: Sequence[int], spacing_mm: Sequence[float]) -> torch.Tensor:
    """Positions in mm (B, *S, d) relative to the faces of the input at -1 and 1."""
    extents = zip(input_size, spacing_mm, strict=True)
    scale = beside(torch.tensor([2 / (size * spacing) for size, spacing in extents]), mm)
    # Rows as wholes: torch is slow where the last axis is short.
    return (mm.flatten(-2) * scale.repeat(mm.shape[-2])).view(mm.shape)


def look_up_at(values: torch.Tensor, where: torch.Tensor, **kwargs: str) -> torch.Tensor:
    """Values (B, 1, *T) at relative positions (B, *S, d), by `grid_sample`.

    That wants the last axis first: transposed values spare turning the positions, which would take longer.
    """
    return grid_sample(values.transpose(2, -1), where, align_corners=False, **kwargs)


def interpolate_at(values: torch.Tensor, where: torch.Tensor) -> torch.Tensor:
    """Values (B, 1, *T) at relative positions (B, *S, d), by linear interpolation; beyond the border as on it.

    In 3D between two slices, each looked up in the volume's slices one below the other: `grid_sample` is slow in 3D.
    """
    if where.shape[-1] == 2:
        return look_up_at(values, where, padding_mode="border")
    depth, height, _ = values.shape[2:]
    z, y, x = where.unbind(-1)
    z, y = (((axis + 1) * (n / 2) - 0.5).clamp_(0, n - 1) for axis, n in ((z, depth), (y, height)))
    above = z.floor().clamp_(max=max(depth - 2, 0))
    row = torch.add(y, above, alpha=height).add_(0.5).mul_(2 / (depth * height)).sub_(1)
    slices = values.flatten(2, 3)
    near, far = (
        look_up_at(slices, torch.stack((rows, x), dim=-1).flatten(1, 2), padding_mode="border")
        for rows in (row, row + 2 / depth)
    )
    return near.reshape(z[:, None].shape).lerp_(far.reshape(z[:, None].shape), (z - above)[:, None])


class Deformed:
    """Nearest whole numbers of (B, 1, *T) at relative positions; none arises that was not there, 0 is beyond."""

    def __init__(self, values: torch.Tensor) -> None:
        self.countable = values.ndim == 5 and math.prod(n + 2 for n in values.shape[2:]) < _EXACT
        self.values = pad(values, [1, 1] * 3) if self.countable else values.float()

    def __call__(self, where: torch.Tensor) -> torch.Tensor:
        """Floats (B, 1, *S) at positions (B, *S, d)."""
        if not self.countable:
            return look_up_at(self.values, where, mode="nearest", padding_mode="zeros")
        return join([_nearest(*pair) for pair in zip(self.values.split(1), where.split(1), strict=True)]).float()


_EXACT = 2**23
"""Voxels that float32 can count, their rim included."""


def _nearest(rim: torch.Tensor, where: torch.Tensor) -> torch.Tensor:
    """Nearest voxels of a volume with a rim of 0, (1, 1, *T + 2), found by counting: `grid_sample` is slow in 3D."""
    size = torch.tensor(rim.shape[2:])
    row = where.shape[-2]
    half, last = (beside(bound, where).repeat(row) for bound in ((size - 2) / 2, size - 1))
    place = torch.addcmul(half + 0.5, where.flatten(-2), half).round_()
    place = torch.minimum(place.clamp_(min=0), last).unflatten(-1, (row, 3))
    strides = beside(torch.tensor([rim[0, 0, 0].numel(), rim.shape[-1], 1]), where)
    index = (place @ strides).int()
    return rim.reshape(-1).index_select(0, index.reshape(-1)).reshape(1, 1, *index.shape[1:])
