"""Which intensities a tissue may have: tables of T1 and T2, and the draw of mean and deviation of every region.

The tables are those of the first study for whole structures; the nerve roots (brighter than fluid in T1, darker in T2)
are added to them. Cortical bone has next to no signal in any sequence.
"""

from __future__ import annotations

import math

import torch

from nnunet_spine.synth.config.contrast import IntensityConfig, Prior, TissuePrior
from nnunet_spine.synth.ranges import Range, uniform
from nnunet_spine.synth.steps import Layout, draw_on
from nnunet_spine.synth.tissues import CORTEX, NAMES, OTHER, PARTS, STRUCTURES, UNLABELLED, name_of, whole_of

_STD = uniform(0.05, 0.15)
_LEAST = 1e-3
"""Quantile from which on a number stands for all that are rarer."""

T1: Prior = {
    "unlabelled": TissuePrior(mean=uniform(0, 0.1), std=_STD),
    "vertebra": TissuePrior(mean=uniform(0.6, 0.9), std=_STD),
    "canal": TissuePrior(mean=uniform(0.2, 0.4), std=_STD),
    "nerves": TissuePrior(mean=uniform(0.35, 0.55), std=_STD),
    "disc": TissuePrior(mean=uniform(0.3, 0.5), std=_STD),
}
T2: Prior = {
    "unlabelled": TissuePrior(mean=uniform(0, 0.1), std=_STD),
    "vertebra": TissuePrior(mean=uniform(0.2, 0.4), std=_STD),
    "canal": TissuePrior(mean=uniform(0.7, 0.95), std=_STD),
    "nerves": TissuePrior(mean=uniform(0.2, 0.5), std=_STD),
    "disc": TissuePrior(mean=uniform(0.6, 0.9), std=_STD),
}


def sample_prior(
    config: IntensityConfig, n: int, layout: Layout, rng: torch.Generator
) -> tuple[torch.Tensor, torch.Tensor]:
    """Draw mean and deviation of every region of `n` samples, each sample from a prior of its own.

    All levels of a tissue share one mean for each of its parts, from which levels and regions deviate by the spreads of
    the settings, as shares of it. The regions of unlabelled tissue share nothing but the curve, if there is one. Cortex
    is one tissue, whatever it is a part of.

    Returns:
        Mean (from 0 to 1) and deviation (from 0), (n, *layout.shape) each. A part that a tissue has not got is like the
        tissue itself.
    """
    tissues, regions = layout.tissues, layout.shape
    names, parts = _names_and_parts(tissues, regions[0])
    laws = _sample_laws(config, n, rng)[:, names].unsqueeze(3)
    is_cortex = (names == NAMES.index("cortex"))[..., None]
    unlabelled = layout.made_of(UNLABELLED)[..., None]
    structure = ~unlabelled & ~is_cortex

    of_all = torch.randn(n, regions[0], int(tissues.max()) + 1, generator=rng)
    of_tissue = torch.where(is_cortex, of_all[:, CORTEX, UNLABELLED, None, None, None], of_all[:, :, tissues, None])
    of_region = _along_regions(config, unlabelled[..., 0], n, regions[-1], rng)
    spread = config.level_spread.sample((n, 1, regions[1], 1), rng) + _draw(_as_tensor(config.region_spread), of_region)
    mean = _draw(laws[..., 0, :], torch.where(unlabelled, of_region, of_tissue)) * (1 + spread * structure)
    std = _draw(laws[..., 1, :], torch.randn(n, *regions, generator=rng))

    classes = torch.arange(len(tissues))
    return mean.clamp(0, 1)[:, parts, classes], std.clamp(min=0)[:, parts, classes]


def sample_shared(config: IntensityConfig, n: int, layout: Layout, rng: torch.Generator) -> torch.Tensor:
    """Draw which structures of `n` samples are like unlabelled tissue, bool (n, P, C, 1), all parts but cortex."""
    shared = torch.zeros(n, *layout.shape[:2], 1, dtype=torch.bool)
    for name, tissue in STRUCTURES.items():
        on = draw_on(config.alike.get(name, 0.0), n, rng)
        shared |= on.reshape(-1, 1, 1, 1) & layout.made_of(tissue)[..., None]
    return shared


def _along_regions(
    config: IntensityConfig, unlabelled: torch.Tensor, n: int, regions: int, rng: torch.Generator
) -> torch.Tensor:
    """Standard normal numbers (n, P, C, regions), independent or of a curve along the regions of a part and class.

    Between two nodes of the curve both are mixed so that the deviation stays 1. That of unlabelled tissue, bool (P, C),
    begins in the dark.
    """
    shape = (n, *unlabelled.shape, regions)
    independent = torch.randn(shape, generator=rng)
    on = draw_on(config.curve, n, rng)
    points = config.curve_points.sample_int((n,), rng)[:, None, None, None]
    nodes = torch.randn(*shape[:-1], int(config.curve_points.b), generator=rng)
    begin = torch.special.ndtri(config.curve_begin.sample((n, 1, 1), rng).clamp(_LEAST, 1 - _LEAST))
    nodes[..., 0] = torch.where(unlabelled & (regions > 1), begin, nodes[..., 0])
    place = (torch.linspace(0, 1, regions) * (points - 1)).expand(shape)
    before = place.long().minimum(points - 2)
    share = place - before
    curve = nodes.gather(-1, before) * (1 - share) + nodes.gather(-1, before + 1) * share
    return torch.where(on[:, None, None, None], curve / torch.hypot(1 - share, share), independent)


def _names_and_parts(tissues: torch.Tensor, parts: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Place in `NAMES` of every part of every class, and the part it is like, (P, C) each."""
    names = [[NAMES.index(name_of(tissue, part)) for tissue in tissues.tolist()] for part in range(parts)]
    has = [[part < len(PARTS.get(tissue, (OTHER,))) for tissue in tissues.tolist()] for part in range(parts)]
    return torch.tensor(names), torch.tensor(has) * torch.arange(parts)[:, None]


def _sample_laws(config: IntensityConfig, n: int, rng: torch.Generator) -> torch.Tensor:
    """For each sample the laws of mean and deviation of every name, (n, names, 2, 4).

    The prior `mixed` lies between the laws of T1 and T2, so that a tissue's mean is (1 - a) T1 + a T2, both at the same
    place of their ranges.
    """
    fitted = list(config.fitted.values())
    tables = torch.stack([_table(prior, config) for prior in ({}, T1, T2, *fitted)])
    ends = {"uniform": [(0, 0)], "t1": [(1, 1)], "t2": [(2, 2)], "mixed": [(1, 2)]}
    ends["fitted"] = [(3 + k, 3 + k) for k in range(len(fitted))]
    choices = [(weight / len(ends[name]), *pair) for name, weight in config.priors.items() for pair in ends[name]]
    weights, first, second = zip(*choices, strict=True)
    chosen = torch.multinomial(torch.tensor(weights), n, replacement=True, generator=rng)
    share = config.t2_share.sample((n, 1, 1, 1), rng)
    return torch.lerp(tables[torch.tensor(first)[chosen]], tables[torch.tensor(second)[chosen]], share)


def _table(prior: Prior, config: IntensityConfig) -> torch.Tensor:
    """The laws of a prior, (names, 2, 4); what it does not know is as in the prior `uniform`."""
    rest = TissuePrior(config.mean, config.std)
    known = {"cortex": TissuePrior(config.cortex, config.std), **prior}
    known |= {"unlabelled": rest} if config.unlabelled == "uniform" else {}
    tissues = [known.get(name) or known.get(whole_of(name), rest) for name in NAMES]
    return torch.tensor([[_law(tissue.mean), _law(tissue.std)] for tissue in tissues])


def _as_tensor(law: Range) -> torch.Tensor:
    return torch.tensor(_law(law))


def _law(law: Range) -> tuple[float, float, float, float]:
    """Whether it is normal, whether it is of the logarithm, where it begins, and how wide it is."""
    is_normal, is_log = float(law.law == "normal"), law.law == "log_uniform"
    begin, end = (math.log(law.a), math.log(law.b)) if is_log else (law.a, law.b)
    return is_normal, float(is_log), begin, end if is_normal else end - begin


def _draw(laws: torch.Tensor, z: torch.Tensor) -> torch.Tensor:
    """Numbers of laws (..., 4), from standard normal ones; their place in a law with ends is their quantile."""
    is_normal, is_log, begin, width = laws.unbind(-1)
    drawn = begin + width * torch.lerp(torch.special.ndtr(z), z, is_normal)
    return torch.where(is_log > 0, drawn.exp(), drawn)
