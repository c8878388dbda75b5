"""Parts of structures that have no label of their own: cortical bone, posterior elements, nuclei, the cauda equina.

They are found by shape within the slice, on the deformed label map, so that thicknesses are in mm of the output. No
axis has to be known: what lies along which side of the canal, for instance, is drawn. Masks are bytes, compared with
bytes: torch does that ten times faster than any comparison with a number.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch.nn.functional import pad

from nnunet_spine.synth.config import PartsConfig
from nnunet_spine.synth.operators import join
from nnunet_spine.synth.regions import OUTSIDE
from nnunet_spine.synth.steps import BINS, Layout, Scene, draw_on
from nnunet_spine.synth.tissues import CANAL, CORTEX, DISC, NERVES, NUCLEUS, POSTERIOR, VERTEBRA

_COARSE_MM = 1.5
"""Grid on which vertebral bodies are told from processes."""
_FACING_MM = 4.0
"""Distance up to which a border of a disc or the canal faces a vertebra."""


class PartsParams(NamedTuple):
    """Which parts there are, (B,) each, and their sizes.

    Attributes:
        cortex: whether there is a rim of bone along the border of the vertebrae.
        cortex_voxels: (B, 2, 2) its thickness within their label and outside of it, along the axes of the slice.
        covered_voxels: (B, 2) what it covers of discs and canal, along the axes of the slice.
        posterior: whether arches and processes differ from the bodies.
        body_mm: (B,) width that a body has at least.
        nucleus: whether discs have one.
        annulus_mm: (B, 2) thickness of the annulus along the axes of the slice.
        nerves: whether the canal has them.
        csf_mm: (B, 2) displacement of the fluid's border along the axes of the slice; one of them is 0.
    """

    cortex: torch.Tensor
    cortex_voxels: torch.Tensor
    covered_voxels: torch.Tensor
    posterior: torch.Tensor
    body_mm: torch.Tensor
    nucleus: torch.Tensor
    annulus_mm: torch.Tensor
    nerves: torch.Tensor
    csf_mm: torch.Tensor


def sample_parts(config: PartsConfig, n: int, layout: Layout, rng: torch.Generator) -> PartsParams:
    """Draw which parts `n` samples have."""
    axis = torch.nn.functional.one_hot(torch.randint(2, (n,), generator=rng), 2)
    sign = torch.randint(2, (n, 1), generator=rng) * 2 - 1
    on = draw_on(config.probability, n, rng)
    return PartsParams(
        cortex=draw_on(config.cortex, n, rng) & on,
        cortex_voxels=_cortex_voxels(config, n, layout, rng),
        covered_voxels=_whole(config.cortex_covers_mm.sample((n, 1), rng), layout, rng),
        posterior=draw_on(config.posterior, n, rng) & on,
        body_mm=config.body_mm.sample((n,), rng),
        nucleus=draw_on(config.nucleus, n, rng) & on,
        annulus_mm=config.annulus_mm.sample((n, 2), rng),
        nerves=draw_on(config.nerves, n, rng) & on,
        csf_mm=config.csf_mm.sample((n, 1), rng) * axis * sign,
    )


def with_parts(scene: Scene, params: PartsParams) -> Scene:
    """The scene with the codes of the parts, the same one where no sample has any; that given is used up."""
    if not (params.cortex | params.posterior | params.nucleus | params.nerves).any():
        return scene
    part = find_parts(scene.tissue, params, scene.grid.spacing_mm)
    part.mul_(scene.code > OUTSIDE)
    return scene.with_code(scene.code.add_(part, alpha=scene.region.shape[1] * BINS))


def find_parts(tissue: torch.Tensor, params: PartsParams, spacing_mm: tuple[float, ...]) -> torch.Tensor:
    """Number of every voxel's part, 0 where it belongs to none.

    Args:
        tissue: uint8 (B, 1, *S).
        params: what to find.
        spacing_mm: of the voxels; parts are found within the slice, the last two axes.

    Returns:
        uint8 (B, 1, *S).
    """
    return join([_of_sample(tissue[i : i + 1], params, i, spacing_mm[-2:]) for i in range(len(tissue))])


def _of_sample(tissue: torch.Tensor, params: PartsParams, i: int, spacing_mm: tuple[float, ...]) -> torch.Tensor:
    part = torch.zeros_like(tissue)
    vertebra, canal, disc = (_is(tissue, structure) for structure in (VERTEBRA, CANAL, DISC))
    if params.posterior[i]:
        body = _opened(vertebra, float(params.body_mm[i]), spacing_mm)
        part.add_(vertebra - (vertebra & body), alpha=POSTERIOR)
    if params.nucleus[i]:
        part.add_(_eroded(disc, _voxels(params.annulus_mm[i].tolist(), spacing_mm)), alpha=NUCLEUS)
    if params.nerves[i]:
        part.add_(canal & _moved(canal, _voxels(params.csf_mm[i].tolist(), spacing_mm), beyond=0), alpha=NERVES)
    if params.cortex[i]:
        rim = _rim(vertebra, canal | disc, params, i, spacing_mm)
        part.mul_(1 - rim).add_(rim, alpha=CORTEX)
    return part


def _rim(
    vertebra: torch.Tensor, soft: torch.Tensor, params: PartsParams, i: int, spacing_mm: tuple[float, ...]
) -> torch.Tensor:
    """Along the border of the vertebrae: within their label, around it up to discs and canal, and a little in these."""
    inside, outside = params.cortex_voxels[i].tolist()
    around = 1 - vertebra
    rim = vertebra - _eroded(vertebra, inside)
    rim |= (around - _eroded(around, outside)) & (1 - soft)
    covered = params.covered_voxels[i].tolist()
    if any(covered):
        facing = around - _eroded(around, _voxels([_FACING_MM] * 2, spacing_mm))
        rim |= (soft - _eroded(soft, covered)) & facing
    return rim


def _is(tissue: torch.Tensor, value: int) -> torch.Tensor:
    """Bytes 0 and 1."""
    return (tissue == torch.full_like(tissue, value)).view(torch.uint8)


def _cortex_voxels(config: PartsConfig, n: int, layout: Layout, rng: torch.Generator) -> torch.Tensor:
    """Thickness within the label and outside of it."""
    whole_mm, inside = config.cortex_mm.sample((n, 1), rng), config.cortex_inside.sample((n, 1), rng)
    return _whole(torch.cat((whole_mm * inside, whole_mm * (1 - inside)), dim=1)[..., None], layout, rng)


def _whole(thickness_mm: torch.Tensor, layout: Layout, rng: torch.Generator) -> torch.Tensor:
    """Whole voxels (..., 2) along the axes of the slice, on average what thicknesses (..., 1) say."""
    up = torch.rand(thickness_mm.shape, generator=rng)
    return (thickness_mm / torch.tensor(layout.grid.spacing_mm[-2:]) + up).int()


def _voxels(distance_mm: list[float], spacing_mm: tuple[float, ...]) -> list[int]:
    """Distances along the axes of the slice in whole voxels, at least one where there is a distance."""
    pairs = zip(distance_mm, spacing_mm, strict=True)
    return [0 if mm == 0 else (1 if mm > 0 else -1) * max(1, round(abs(mm) / spacing)) for mm, spacing in pairs]


def _moved(mask: torch.Tensor, shift: list[int], beyond: int) -> torch.Tensor:
    """The mask as seen `shift` voxels further along the axes of the slice; `beyond` from beyond the border."""
    out = torch.full_like(mask, beyond)
    size = mask.shape[-2:]
    to = tuple(slice(max(0, -s), max(0, n - max(0, s))) for s, n in zip(shift, size, strict=True))
    of = tuple(slice(max(0, s), max(0, n + min(0, s))) for s, n in zip(shift, size, strict=True))
    out[(..., *to)] = mask[(..., *of)]
    return out


def _eroded(mask: torch.Tensor, reach: list[int]) -> torch.Tensor:
    """What is still mask `reach` voxels away along both axes of the slice; structures go on beyond the border."""
    rows, columns = reach
    out = mask
    for shift in ([rows, 0], [-rows, 0], [0, columns], [0, -columns]):
        out = out & _moved(mask, shift, beyond=1)
    return out


def _opened(mask: torch.Tensor, width_mm: float, spacing_mm: tuple[float, ...]) -> torch.Tensor:
    """What of the mask is at least as wide as `width_mm` along both axes, found on a coarse grid of the slice.

    Structures go on beyond the border.
    """
    steps = [max(1, round(_COARSE_MM / spacing)) for spacing in spacing_mm]
    reach = [round(width_mm / (step * spacing) / 2) for step, spacing in zip(steps, spacing_mm, strict=True)]
    coarse = mask[..., :: steps[0], :: steps[1]]
    for combine, beyond in ((torch.bitwise_and, 1), (torch.bitwise_or, 0)):
        for axis in (-2, -1):
            coarse = _runs(coarse, axis, reach[axis], combine, beyond)
    fine = coarse.repeat_interleave(steps[0], -2).repeat_interleave(steps[1], -1)
    return fine[..., : mask.shape[-2], : mask.shape[-1]]


def _runs(mask: torch.Tensor, axis: int, reach: int, combine: Callable[..., torch.Tensor], beyond: int) -> torch.Tensor:
    """Combine every voxel with those up to `reach` away along an axis, in runs that double in length."""
    edges = [reach, reach] if axis == -1 else [0, 0, reach, reach]
    out = pad(mask, edges, value=beyond)
    length, window = 1, 2 * reach + 1
    while length < window:
        step = min(length, window - length)
        count = out.shape[axis] - step
        out = combine(out.narrow(axis, 0, count), out.narrow(axis, step, count))
        length += step
    return out
