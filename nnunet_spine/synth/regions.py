"""Generation labels: every class is divided into regions, unlabelled tissue as well.

A network trained on an empty background has never seen what surrounds a spine. Here background and structures are cut
at random quantiles of a guide. With the real image as guide, the *shapes* of muscles, fat, vessels and sacrum survive
while their intensities do not: regions get random values. Clusters of unlabelled tissue are what makes few-label
synthesis work (Zalevskyi et al., FetalSynthSeg, MICCAI 2024, https://arxiv.org/abs/2403.15103).

A voxel's part, class and bin of the guide make one code, so that regions, intensities and the training target are all
table look-ups in it. The guide is smooth, so it is kept on a coarse grid: its quantiles are counted there, and it is
brought to the voxels by the same deformation as the labels.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch.nn.functional import interpolate

from nnunet_spine.synth.config import RegionConfig
from nnunet_spine.synth.operators import apply_along_axes, bspline_matrix, coarser_size, halve, join, to_range
from nnunet_spine.synth.spatial import look_up_at
from nnunet_spine.synth.steps import BINS, Grid, Layout, draw_seeds, per_sample

OUTSIDE = 0
"""Code of a voxel beyond the image."""

_SHAPE_SAMPLES = 4
"""Samples of a random field between two of its nodes."""


class RegionParams(NamedTuple):
    """Random numbers of the division.

    Attributes:
        guide_resolution_mm: (B,) of the real image as guide.
        shape_mm: (B,) distance of the nodes of the random field as guide.
        seed: (B,) of the random field.
        cuts: (B, C, R - 1) where a class is cut, from 0 to 1, ascending; unused ones lie above 1.
        equalised: (B,) whether 0 to 1 is the class's range of the guide (0) or its quantiles (1).
    """

    guide_resolution_mm: torch.Tensor
    shape_mm: torch.Tensor
    seed: torch.Tensor
    cuts: torch.Tensor
    equalised: torch.Tensor


def most_regions(config: RegionConfig) -> int:
    """The largest number of regions that a class can be divided into."""
    return 1 if config.guide == "flat" else int(max(config.background.b, config.structure.b))


def sample_regions(config: RegionConfig, n: int, layout: Layout, rng: torch.Generator) -> RegionParams:
    """Draw the division of `n` samples; classes whose tissue is 0 are divided like the background."""
    shape = (n, len(layout.tissues))
    background, structure = config.background.sample_int(shape, rng), config.structure.sample_int(shape, rng)
    count = torch.where(layout.tissues[None] == 0, background, structure)
    cuts = torch.rand(*shape, layout.regions - 1, generator=rng)
    unused = torch.arange(cuts.shape[-1]) >= (count - 1)[..., None]
    return RegionParams(
        guide_resolution_mm=config.guide_resolution_mm.sample((n,), rng),
        shape_mm=config.shape_mm.sample((n,), rng),
        seed=draw_seeds(n, rng),
        cuts=cuts.masked_fill(unused, 2.0).sort(-1).values,
        equalised=config.equalised.sample((n,), rng),
    )


def cluster_guides(image: torch.Tensor, params: RegionParams, grid: Grid) -> list[torch.Tensor]:
    """The real image (B, 1, *T) at a coarser resolution within the slice, so that regions are not speckled.

    Pairs of voxels are averaged until one more time would bring the image further from the resolution asked for.

    Returns:
        For each sample (1, 1, *G), from 0 to just below `BINS`.
    """
    finest_mm = min(grid.spacing_mm[-2:])
    guides = []
    for guide, resolution in zip(image.split(1), params.guide_resolution_mm.tolist(), strict=True):
        for _ in range(round(math.log2(max(1.0, resolution / finest_mm)))):
            guide = halve(guide) if min(guide.shape[-2:]) > 1 else guide
        guides.append(_to_bins(guide.nan_to_num(0.0, 0.0, 0.0)))
    return guides


def shape_guides(params: RegionParams, grid: Grid, device: torch.device) -> list[torch.Tensor]:
    """A smooth random field for each sample, in the form of `cluster_guides`; no image is needed."""
    guides = []
    for seed, distance in zip(params.seed.tolist(), params.shape_mm.tolist(), strict=True):
        step = distance / _SHAPE_SAMPLES
        size = [coarser_size(n, step / mm) for n, mm in zip(grid.size, grid.spacing_mm, strict=True)]
        extent = zip(size, grid.size, grid.spacing_mm, strict=True)
        splines = [bspline_matrix(m, distance * m / (n * mm)) for m, n, mm in extent]
        nodes = torch.randn(1, 1, *(s.shape[1] for s in splines), generator=torch.Generator().manual_seed(seed))
        guides.append(_to_bins(apply_along_axes(nodes.to(device, non_blocking=True), splines)))
    return guides


def _to_bins(guide: torch.Tensor) -> torch.Tensor:
    return to_range(guide, BINS - 1).clamp_(0, BINS - 1)


def count_codes(labelled: torch.Tensor, guides: Sequence[torch.Tensor] | None, classes: int) -> torch.Tensor:
    """How much of each sample has each class and bin, on the grid of its guide.

    Args:
        labelled: (B, 1, *T) class + 1, 0 beyond the image.
        guides: of each sample; None for a single bin.
        classes: number of classes C.

    Returns:
        (B, C, BINS), in voxels of the guide.
    """
    counts = []
    for i, sample in enumerate(labelled.split(1)):
        if guides is None:
            coarse = sample[..., ::2, ::2].float()
            code = _code(coarse, torch.zeros_like(coarse))
        else:
            guide = guides[i][..., ::2, ::2]  # a quarter is enough for quantiles
            code = _code(_thinned(sample, guides[i].shape[2:])[..., ::2, ::2].float(), guide)
        code = code.flatten().long()
        histogram = torch.zeros(1 + classes * BINS, device=code.device)
        counts.append(histogram.scatter_add_(0, code, torch.ones(len(code), device=code.device)))
    return torch.stack(counts)[:, 1:].unflatten(1, (classes, BINS))


def _thinned(x: torch.Tensor, size: Sequence[int]) -> torch.Tensor:
    """Nearest voxels of x (1, 1, *T) on a grid of another size."""
    for axis, (wanted, n) in enumerate(zip(size, x.shape[2:], strict=True), 2):
        if wanted != n:
            x = x.index_select(axis, ((torch.arange(wanted, device=x.device) + 0.5) * (n / wanted)).long())
    return x


def encode(labelled: torch.Tensor, guides: Sequence[torch.Tensor] | None, where: torch.Tensor) -> torch.Tensor:
    """Code of every voxel: `OUTSIDE`, or 1 + class * BINS + bin, of part 0.

    Args:
        labelled: (B, 1, *S) class + 1 of the deformed sample, 0 beyond the image, as floats.
        guides: of each sample before the deformation; None for a single bin.
        where: (B, *S, d) relative positions of the deformation.

    Returns:
        int32 (B, 1, *S).
    """
    if guides is None:
        return _code(labelled, torch.zeros_like(labelled))
    bins = [_guide_at(guide, one) for guide, one in zip(guides, where.split(1), strict=True)]
    return _code(labelled, join(bins))


def _guide_at(guide: torch.Tensor, where: torch.Tensor) -> torch.Tensor:
    """A smooth guide (1, 1, *G) at relative positions (1, *S, d).

    In 3D it is looked up once for every four voxels of a slice, between which it is interpolated: three times as fast.
    """
    if where.shape[-1] == 2 or where.shape[2] % 2 or where.shape[3] % 2:
        return look_up_at(guide, where, padding_mode="border")
    middle = (where[:, :, ::2, ::2] + where[:, :, 1::2, 1::2]).mul_(0.5)
    coarse = look_up_at(guide, middle, padding_mode="border")
    return interpolate(coarse[0], where.shape[2:4], mode="bilinear")[None]


def _code(labelled: torch.Tensor, bins: torch.Tensor) -> torch.Tensor:
    """1 + (labelled - 1) * BINS + bin, rounded down; 0 where `labelled` is 0, since no bin reaches BINS."""
    return torch.add(bins, labelled, alpha=BINS).sub_(BINS - 1).clamp_(min=OUTSIDE).int()


def region_of_code(counts: torch.Tensor, params: RegionParams) -> torch.Tensor:
    """The region that each class and bin belongs to, by the bins that occur in each sample.

    Args:
        counts: (B, C, BINS) from `count_codes`.
        params: the cuts.

    Returns:
        int64 (B, C, BINS): number of the region within its class.
    """
    cumulative = counts.cumsum(-1)
    quantile = (cumulative - counts / 2) / cumulative[..., -1:].clamp(min=1)
    place = _within_range(counts).lerp_(quantile, per_sample(params.equalised, quantile))
    return torch.searchsorted(params.cuts.to(counts.device, non_blocking=True), place)


def _within_range(counts: torch.Tensor) -> torch.Tensor:
    """Where each bin lies between the first and the last that occur in its class, from 0 to 1."""
    bins = torch.arange(BINS, device=counts.device, dtype=counts.dtype)
    first = torch.where(counts > 0, bins, BINS - 1).amin(-1, keepdim=True)
    last = torch.where(counts > 0, bins, 0).amax(-1, keepdim=True)
    return ((bins - first + 0.5) / (last - first + 1).clamp(min=1)).clamp_(0, 1)


def mean_over_counts(values: torch.Tensor, region: torch.Tensor, counts: torch.Tensor) -> torch.Tensor:
    """Mean (B,) of a value of every region (B, C, R) over a sample, 0 for a sample beyond the image."""
    table = values.to(region.device).gather(2, region)
    return (table * counts).sum((1, 2)) / counts.sum((1, 2)).clamp(min=1)
