"""Generation labels: every class is divided into regions, unlabelled tissue as well.

A network trained on an empty background has never seen what surrounds a spine. Here background and structures are cut
at random quantiles of a guide. With the real image as guide, the *shapes* of muscles, fat, vessels and sacrum survive
while their intensities do not: regions get random values. Clusters of unlabelled tissue are what makes few-label
synthesis work (Zalevskyi et al., FetalSynthSeg, MICCAI 2024, https://arxiv.org/abs/2403.15103).

A voxel's class and the bin of its guide value are packed into one code, so that the regions, their intensities and the
training target are all table look-ups in that code, and one nearest-neighbour warp of the code moves them together.
"""

from __future__ import annotations

from typing import NamedTuple

import torch

from nnunet_spine.synth.config import RegionConfig
from nnunet_spine.synth.operators import apply_along_axes, at_resolution, bspline_matrix
from nnunet_spine.synth.steps import Grid, draw_seeds

BINS = 256
OUTSIDE = 0
"""Code of a voxel beyond the image."""


class RegionParams(NamedTuple):
    """Random numbers of the division.

    Attributes:
        guide_resolution_mm: (B,) of the real image as guide.
        noise_scale_mm: (B,) of the random field as guide.
        noise_seed: (B,) of the random field.
        cuts: (B, C, R - 1) quantiles at which a class is cut; unused ones lie above 1.
    """

    guide_resolution_mm: torch.Tensor
    noise_scale_mm: torch.Tensor
    noise_seed: torch.Tensor
    cuts: torch.Tensor


def most_regions(config: RegionConfig) -> int:
    """The largest number of regions that a class can be divided into."""
    return 1 if config.guide == "flat" else int(max(config.background.b, config.structure.b))


def sample_regions(config: RegionConfig, n: int, tissues: torch.Tensor, rng: torch.Generator) -> RegionParams:
    """Draw the division of `n` samples; classes whose tissue (C,) is 0 are divided like the background."""
    shape = (n, len(tissues))
    background, structure = config.background.sample_int(shape, rng), config.structure.sample_int(shape, rng)
    count = torch.where(tissues[None] == 0, background, structure)
    cuts = torch.rand(*shape, most_regions(config) - 1, generator=rng)
    unused = torch.arange(cuts.shape[-1]) >= (count - 1)[..., None]
    return RegionParams(
        guide_resolution_mm=config.guide_resolution_mm.sample((n,), rng),
        noise_scale_mm=config.noise_scale_mm.sample((n,), rng),
        noise_seed=draw_seeds(n, rng),
        cuts=cuts.masked_fill(unused, 2.0),
    )


def image_guide(image: torch.Tensor, params: RegionParams, grid: Grid) -> torch.Tensor:
    """The real image (B, 1, *S) at a coarser resolution within the slice, so that regions are not speckled."""
    inplane = params.guide_resolution_mm[:, None].expand(-1, 2)
    slices = torch.zeros(len(image), grid.dim - 2)
    return at_resolution(image.nan_to_num(), torch.cat((slices, inplane), dim=1), grid.spacing_mm)


def noise_guide(params: RegionParams, grid: Grid, device: torch.device) -> torch.Tensor:
    """A smooth random field, (B, 1, *S), whose scale belongs to each sample."""
    fields = []
    for seed, scale in zip(params.noise_seed.tolist(), params.noise_scale_mm.tolist(), strict=True):
        splines = [bspline_matrix(size, scale / mm) for size, mm in zip(grid.size, grid.spacing_mm, strict=True)]
        nodes = torch.randn(1, 1, *(s.shape[1] for s in splines), generator=torch.Generator().manual_seed(seed))
        fields.append(apply_along_axes(nodes.to(device), [spline.to(device) for spline in splines]))
    return torch.cat(fields)


def encode(labels: torch.Tensor, guide: torch.Tensor | None) -> torch.Tensor:
    """Pack class and guide bin of every voxel into one code.

    Args:
        labels: (B, 1, *S) integers; negative where there is no image.
        guide: (B, 1, *S), or None for a single bin.

    Returns:
        float32 (B, 1, *S): `OUTSIDE`, or 1 + class * BINS + bin, which float32 holds exactly.
    """
    code = labels.clamp(min=0).float().mul_(BINS).add_(1)
    if guide is not None:
        code += _bins(guide)
    return code.masked_fill_(labels < 0, OUTSIDE)


def _bins(guide: torch.Tensor) -> torch.Tensor:
    """Bin of every voxel; voxels beyond three deviations share the outermost ones, lest a vessel take all the range."""
    axes = tuple(range(1, guide.ndim))
    variance, mean = torch.var_mean(guide, axes, keepdim=True, correction=0)
    reach = 3 * variance.sqrt()
    low = torch.maximum(guide.amin(axes, keepdim=True), mean - reach)
    high = torch.minimum(guide.amax(axes, keepdim=True), mean + reach)
    scale = (BINS - 1) / (high - low).clamp(min=1e-6)
    return ((guide - low) * scale).round_().clamp_(0, BINS - 1)


def count_codes(code: torch.Tensor, classes: int) -> torch.Tensor:
    """How many voxels of each sample have each code: (B, C, BINS), without `OUTSIDE`."""
    flat = code.flatten(1)
    histogram = torch.zeros(len(code), 1 + classes * BINS, device=code.device)
    histogram.scatter_add_(1, flat.long(), torch.ones_like(flat))
    return histogram[:, 1:].unflatten(1, (classes, BINS))


def region_of_code(counts: torch.Tensor, params: RegionParams) -> torch.Tensor:
    """The region that each code belongs to, by the quantiles of the codes that occur in each sample.

    Args:
        counts: (B, C, BINS) from `count_codes`.
        params: the cuts.

    Returns:
        int64 (B, C, BINS): number of the region within its class.
    """
    cumulative = counts.cumsum(-1)
    quantile = (cumulative - counts / 2) / cumulative[..., -1:].clamp(min=1)
    return (quantile[..., None] > params.cuts.to(counts.device)[:, :, None]).sum(-1)


def table_of_regions(region: torch.Tensor, value: torch.Tensor, outside: torch.Tensor | None = None) -> torch.Tensor:
    """Table over codes of a value (B, C, R) of each region.

    Args:
        region: from `region_of_code`.
        value: (B, C, R).
        outside: (B, C, BINS) counts; `OUTSIDE` gets the mean over the voxels that they count, 0 without them.

    Returns:
        (B, 1 + C * BINS).
    """
    table = value.to(region.device).gather(2, region)
    beyond = torch.zeros(len(table), 1, device=table.device)
    if outside is not None:
        beyond = ((table * outside).sum((1, 2)) / outside.sum((1, 2)).clamp(min=1))[:, None]
    return torch.cat((beyond, table.flatten(1)), dim=1)


def table_of_classes(classes: int, device: torch.device) -> torch.Tensor:
    """Table over codes of the class: int16 (1 + C * BINS,), -1 for `OUTSIDE`."""
    table = torch.arange(classes, dtype=torch.int16, device=device).repeat_interleave(BINS)
    return torch.nn.functional.pad(table, (1, 0), value=-1)


def look_up(code: torch.Tensor, table: torch.Tensor) -> torch.Tensor:
    """Value of every voxel's code (B, 1, *S) in a table (N,), or in the sample's own table of (B, N)."""
    index = code.to(torch.int32)
    if table.ndim == 2:
        rows = torch.arange(len(code), device=code.device, dtype=torch.int32) * table.shape[1]
        index = index + rows.reshape(-1, *[1] * (code.ndim - 1))
    return table.reshape(-1).index_select(0, index.reshape(-1)).reshape(code.shape)
