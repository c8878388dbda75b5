"""The real image in another contrast: what images are made of where they are augmented, not synthesised.

Either a random smooth curve says how bright each intensity becomes; a tissue may become brighter than another that it
was darker than, as between T1 and T2. Or a random shallow convolution network does, after GIN (Ouyang et al.,
Causality-inspired single-source domain generalization for medical image segmentation, IEEE TMI 2023,
https://arxiv.org/abs/2111.12525): it sees a voxel's neighbours as well, and so changes texture and edges. Other than
there only its first layer does, so that tissues are not lost among their edges. In both cases the anatomy stays.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch.nn.functional import leaky_relu, pad

from nnunet_spine.synth.config import ContrastConfig
from nnunet_spine.synth.operators import beside, bspline_matrix, join, to_range
from nnunet_spine.synth.steps import Layout, draw_on, each_sample, look_up

LEVELS = 1024
"""Intensities that the curve tells apart; less than noise does."""

LAYERS, CHANNELS = 4, 2
"""Of the network, as many as in GIN."""

_DEVIATION = torch.full((3, 3), 8**-0.5)
_DEVIATION[1, 1] = 1
"""Of the weights of a filter: a voxel's eight neighbours together weigh as much as the voxel itself."""


class ContrastParams(NamedTuple):
    """The other contrast of each sample.

    Attributes:
        on: (B,).
        strength: (B,) share of the other contrast.
        points: (B,) of the curve, one more than intervals of its spline from black to white.
        values: (B, N) coefficients of its nodes, some of which lie beyond black and white.
        by_network: (B,) whether a network makes it instead of the curve.
        filters: (B, C, 3, 3) of the network's first layer.
        weights: (B, L - 1, C, C) of the others, which see single voxels.
        offsets: (B, L, C) of all.
    """

    on: torch.Tensor
    strength: torch.Tensor
    points: torch.Tensor
    values: torch.Tensor
    by_network: torch.Tensor
    filters: torch.Tensor
    weights: torch.Tensor
    offsets: torch.Tensor


def sample_contrast(config: ContrastConfig, n: int, layout: Layout, rng: torch.Generator) -> ContrastParams:
    """Draw the contrast of `n` samples."""
    return ContrastParams(
        on=draw_on(config.probability, n, rng),
        strength=config.strength.sample((n,), rng),
        points=config.points.sample_int((n,), rng),
        values=torch.rand(n, _spline(int(config.points.b)).shape[1], generator=rng),
        by_network=draw_on(config.network, n, rng),
        filters=torch.randn(n, CHANNELS, 3, 3, generator=rng) * _DEVIATION,
        weights=torch.randn(n, LAYERS - 1, CHANNELS, CHANNELS, generator=rng),
        offsets=torch.randn(n, LAYERS, CHANNELS, generator=rng),
    )


def redraw_contrast(image: torch.Tensor, inside: torch.Tensor, params: ContrastParams) -> torch.Tensor:
    """The real image at 0 to 1, its usual range, in another contrast where one was drawn.

    Args:
        image: (B, 1, *T) of any scale.
        inside: bool (B, 1, *T); voxels beyond the image become as bright as the rest on average.
        params: the contrast.

    Returns:
        float32 (B, 1, *T); what is brighter than usual is above 1.
    """
    samples = zip(image.float().split(1), inside.split(1), each_sample(params, len(image)), strict=True)
    return join([_redrawn(*sample) for sample in samples])


def _redrawn(image: torch.Tensor, inside: torch.Tensor, params: ContrastParams) -> torch.Tensor:
    """One sample (1, 1, *T)."""
    x = to_range(image.nan_to_num(0.0, 0.0, 0.0), 1)
    if params.on:
        level = _levels(x)
        spread = spread_levels(level, inside)
        if params.by_network:
            other = by_network(look_up(level, spread), params)
        else:
            other = look_up(level, look_up(_levels(spread), by_curve(params, x.device)))
        x.lerp_(other, float(params.strength))
    return torch.where(inside, x, (x * inside).sum() / inside.sum().clamp(min=1))


def spread_levels(level: torch.Tensor, inside: torch.Tensor) -> torch.Tensor:
    """Where each level lies from 0 to 1, halfway between its brightness and its rank among the voxels inside.

    By brightness alone a patient's fat may take nearly all the range, and by rank the noise of air.

    Returns:
        (LEVELS,), ascending.
    """
    quarter = (..., slice(None, None, 2), slice(None, None, 2))  # enough for that
    count = torch.zeros(LEVELS, device=level.device)
    count.scatter_add_(0, level[quarter].flatten().long(), inside[quarter].flatten().float())
    rank = count.cumsum(0) / count.sum().clamp(min=1)
    return (rank + torch.linspace(0, 1, LEVELS, device=level.device)) / 2


def by_curve(params: ContrastParams, device: torch.device) -> torch.Tensor:
    """What one sample's levels become, (LEVELS,): a smooth curve whose lowest value is black and highest white."""
    spline = _spline(int(params.points)).to(device, non_blocking=True)
    curve = spline @ params.values[0, : spline.shape[1]].to(device, non_blocking=True)
    low, high = curve.aminmax()
    return (curve - low) / (high - low).clamp(min=1e-6)


def by_network(x: torch.Tensor, params: ContrastParams) -> torch.Tensor:
    """A random network, slice by slice, brought back to the range from 0 to 1; x is (1, 1, *T)."""
    slices = pad(x.flatten(0, -3), [1] * 4, mode="replicate")
    at_once = 1 if x.device.type == "cpu" else len(slices)  # a slice stays in the cache
    one = ContrastParams(*(value[0] for value in params))
    return to_range(join([_network(some, one) for some in slices.split(at_once)]).reshape(x.shape), 1)


def _network(x: torch.Tensor, params: ContrastParams) -> torch.Tensor:
    """Layers with a leaky ReLU between two of them: (N, 1, H * W) of (N, H + 2, W + 2)."""
    weights, offsets = beside(params.weights, x), beside(params.offsets[1:, :, None], x)
    filters = zip(params.filters, params.offsets[0], strict=True)
    x = torch.stack([_filtered(x, *of_channel) for of_channel in filters], dim=1).flatten(2)
    for weight, offset in zip(weights[:-1], offsets[:-1], strict=True):
        x = (weight @ leaky_relu(x, inplace=True)).add_(offset)
    return (weights[-1, :1] @ leaky_relu(x, inplace=True)).add_(offsets[-1, :1])


def _filtered(x: torch.Tensor, weights: torch.Tensor, offset: torch.Tensor) -> torch.Tensor:
    """A filter (3, 3) as a sum of shifted images: the convolutions of torch take three times as long for so few."""
    height, width = x.shape[-2] - 2, x.shape[-1] - 2
    out = x.new_full((len(x), height, width), float(offset))
    for i, row in enumerate(weights.tolist()):
        for j, weight in enumerate(row):
            out.add_(x[:, i : i + height, j : j + width], alpha=weight)
    return out


def _levels(x: torch.Tensor) -> torch.Tensor:
    """Number of the level of each value from 0 to 1."""
    return (x * (LEVELS - 1)).round_().clamp_(0, LEVELS - 1).int()


def _spline(points: int) -> torch.Tensor:
    return bspline_matrix(LEVELS, (LEVELS - 1) / (points - 1))
