"""Chemical shift: fat precesses more slowly than water, so it is read out beside where it is."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch

from nnunet_spine.synth.artefacts.sides import draw_axis
from nnunet_spine.synth.config import ChemicalShiftConfig
from nnunet_spine.synth.ranges import uniform
from nnunet_spine.synth.steps import Layout, Scene, draw_on
from nnunet_spine.synth.tissues import UNLABELLED, VERTEBRA

ADIPOSE = uniform(0.9, 1)
"""Fat fraction of fat."""


class ChemicalShiftParams(NamedTuple):
    """Displacement of fat in voxels (B,) along the readout axis (B,); fat fraction of every region (B, P, C, R)."""

    on: torch.Tensor
    shift_px: torch.Tensor
    axis: torch.Tensor
    fat_fraction: torch.Tensor


def sample_chemical_shift(
    config: ChemicalShiftConfig, n: int, layout: Layout, rng: torch.Generator
) -> ChemicalShiftParams:
    """Draw the shift of `n` samples, and what is fat in them."""
    sign = 1 - 2.0 * torch.randint(2, (n,), generator=rng)
    return ChemicalShiftParams(
        draw_on(config.probability, n, rng),
        config.shift_px.sample((n,), rng) * sign,
        draw_axis(n, rng),
        _sample_fat(config, n, layout, rng),
    )


def _sample_fat(config: ChemicalShiftConfig, n: int, layout: Layout, rng: torch.Generator) -> torch.Tensor:
    """Fat fraction of every region (n, P, C, R): unlabelled tissue is fat here and there, marrow is fatty all over."""
    shape = (n, *layout.shape)
    is_fat = draw_on(config.fat_regions, math.prod(shape), rng).reshape(shape)
    unlabelled, marrow = (layout.made_of(tissue)[..., None] for tissue in (UNLABELLED, VERTEBRA))
    return ADIPOSE.sample(shape, rng) * is_fat * unlabelled + config.marrow_fat.sample((n, 1, 1, 1), rng) * marrow


def apply_chemical_shift(x: torch.Tensor, params: ChemicalShiftParams, scene: Scene) -> torch.Tensor:
    """Water stays where it is, fat moves along the readout axis; parts of a voxel by linear interpolation."""
    fat = scene.of_region(params.fat_fraction).mul_(x)
    x.sub_(fat)
    for image, moved, shift, axis in zip(
        x.split(1), fat.split(1), params.shift_px.tolist(), params.axis.tolist(), strict=True
    ):
        whole = math.floor(shift)
        add_moved(image, moved, whole, axis, weight=1 - (shift - whole))
        add_moved(image, moved, whole + 1, axis, weight=shift - whole)
    return x


def add_moved(image: torch.Tensor, moved: torch.Tensor, shift: int, axis: int, weight: float) -> None:
    """Add `moved`, `shift` voxels further along the axis, to the image; it goes on as at its border beyond it."""
    n = image.shape[axis]
    distance = min(abs(shift), n)
    start, rest = (distance, 0) if shift > 0 else (0, distance)
    image.narrow(axis, start, n - distance).add_(moved.narrow(axis, rest, n - distance), alpha=weight)
    border = moved.narrow(axis, 0 if shift > 0 else n - 1, 1)
    image.narrow(axis, 0 if shift > 0 else n - distance, distance).add_(border, alpha=weight)
