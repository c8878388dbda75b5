"""Affine and elastic deformation in millimetres; one nearest-neighbour look-up moves the whole sample."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch

from nnunet_spine.synth.config import SpatialConfig
from nnunet_spine.synth.operators import node_positions
from nnunet_spine.synth.steps import Grid, draw_on

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


def sample_spatial(
    config: SpatialConfig, n: int, grid: Grid, input_size: Sequence[int], rng: torch.Generator
) -> SpatialParams:
    """Draw the deformation of `n` samples on the output's grid; the identity where it is switched off."""
    dim = grid.dim
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
    return params if dim == 2 else _within_slab(params, grid, input_size)


def _within_slab(params: SpatialParams, grid: Grid, input_size: Sequence[int]) -> SpatialParams:
    """Weaken the motion along the first axis, across slices, where it would leave the few slices that there are."""
    reach_mm = (input_size[0] - grid.size[0] + SLAB_SHARE * grid.size[0]) / 2 * grid.spacing_mm[0]
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


def displaced_nodes(params: SpatialParams, grid: Grid, node_distance_mm: float) -> torch.Tensor:
    """Where the nodes look, in mm from the centre of the input: (B, *N, d).

    Affine and elastic part are added here, since splines reproduce straight lines.
    """
    axes = [
        (node_positions(n, node_distance_mm / mm) - (n - 1) / 2) * mm
        for n, mm in zip(grid.size, grid.spacing_mm, strict=True)
    ]
    nodes_mm = torch.stack(torch.meshgrid(*axes, indexing="ij"), dim=-1).to(params.matrix)
    affine = nodes_mm.reshape(1, -1, grid.dim) @ params.matrix.mT + params.shift_mm[:, None]
    return affine.reshape(-1, *nodes_mm.shape) + params.nodes_mm.movedim(1, -1)


def between_nodes(nodes: torch.Tensor, grid: Grid, node_distance_mm: float) -> torch.Tensor:
    """Values (B, *S, d) at the voxels of the grid from those at the nodes (B, *N, d)."""
    for axis, spline in enumerate(grid.splines(node_distance_mm), 1):
        shape = nodes.shape
        product = spline.to(nodes) @ nodes.reshape(-1, shape[axis], shape[axis + 1 :].numel())
        nodes = product.reshape(*shape[:axis], len(spline), *shape[axis + 1 :])
    return nodes


def apply_spatial(code: torch.Tensor, params: SpatialParams, grid: Grid, node_distance_mm: float) -> torch.Tensor:
    """Deform a map of codes; no value arises that was not there, 0 comes in from beyond the border.

    Args:
        code: (B, 1, *T), as large as the output or larger, around the same centre and with the same spacing.
        params: the deformation.
        grid: of the output.
        node_distance_mm: of the elastic part.

    Returns:
        (B, 1, *S).
    """
    params = SpatialParams(*(value.to(code.device, non_blocking=True) for value in params))
    half_mm = [max(size - 1, 1) / 2 * mm for size, mm in zip(code.shape[2:], grid.spacing_mm, strict=True)]
    # grid_sample wants positions from -1 to 1 and the last axis first; at the nodes that costs nothing.
    nodes = displaced_nodes(params, grid, node_distance_mm) / torch.tensor(half_mm).to(code)
    positions = between_nodes(nodes.flip(-1), grid, node_distance_mm)
    return torch.nn.functional.grid_sample(code, positions, mode="nearest", padding_mode="zeros", align_corners=True)
