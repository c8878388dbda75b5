"""Lesions of a batch: drawn, found in the label maps, put into the deformation and into the image.

Each lesion acts on its own sample alone, one after the other, so that the samples without any stay as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch

from nnunet_spine.synth.config.pathology import PathologyConfig
from nnunet_spine.synth.pathology.arrays import shared
from nnunet_spine.synth.pathology.frame import Focus, Frame, neighbourhood
from nnunet_spine.synth.pathology.kind import Kind
from nnunet_spine.synth.pathology.kinds import KINDS
from nnunet_spine.synth.pathology.seats import Wish, find
from nnunet_spine.synth.steps import Layout

PathologyParams = NamedTuple("PathologyParams", [(kind.name, tuple) for kind in KINDS])
"""The parameters of every kind, under its name."""


class Lesion(NamedTuple):
    """One lesion: its kind, its sample, its parameters as numbers, and where it is."""

    kind: Kind
    sample: int
    params: tuple
    focus: Focus


def sample_pathology(config: PathologyConfig, n: int, layout: Layout, rng: torch.Generator) -> PathologyParams:
    """Draw the lesions of `n` samples."""
    return PathologyParams(*(kind.sample(getattr(config, kind.name), n, rng) for kind in KINDS))


def locate(tissue: torch.Tensor, params: PathologyParams, spacing_mm: Sequence[float]) -> list[Lesion]:
    """The lesions that are on, kind by kind and sample by sample.

    Parameters lie on the CPU, so nothing waits for the device.

    Args:
        tissue: uint8 (B, 1, *T) tissue of the voxels of the label maps, before any deformation.
        params: of the B samples.
        spacing_mm: distance of the voxels.
    """
    drawn = [
        (kind, sample, type(of_kind)(*(value[sample].item() for value in of_kind)))
        for kind, of_kind in zip(KINDS, params, strict=True)
        for sample in samples_with(of_kind)
    ]
    if not drawn:
        return []
    wishes = [Wish(sample, kind.seat, one.rank, getattr(one, "side", 1.0)) for kind, sample, one in drawn]
    return [Lesion(*one, focus) for one, focus in zip(drawn, find(tissue, wishes, spacing_mm), strict=True)]


def samples_with(of_kind: tuple) -> list[int]:
    """The samples that have a lesion of a kind."""
    return [sample for sample, on in enumerate(of_kind.on.tolist()) if on]


def displace(positions: torch.Tensor, lesions: Sequence[Lesion]) -> torch.Tensor:
    """Deform the samples by their lesions.

    Args:
        positions: (B, *S, d) where every voxel looks, in mm from the centre of the label maps; written to.
        lesions: from `locate`.
    """
    for kind, sample, params, focus in lesions:
        if kind.displace:
            here = shared(positions[sample])
            near = neighbourhood(here, focus, kind.reach(params, focus))
            kind.displace(Frame(here[near], focus), params)
    return positions


def paint(x: torch.Tensor, tissue: torch.Tensor, positions: torch.Tensor, lesions: Sequence[Lesion]) -> torch.Tensor:
    """Change the signal where lesions do.

    Args:
        x: (B, 1, *S) image, written to.
        tissue: uint8 (B, 1, *S) of its voxels.
        positions: from `displace`.
        lesions: from `locate`.
    """
    for kind, sample, params, focus in lesions:
        if kind.paint:
            here = shared(positions[sample])
            near = neighbourhood(here, focus, kind.reach(params, focus))
            image, tissues = (shared(of_all[sample, 0])[near] for of_all in (x, tissue))
            kind.paint(image, tissues, Frame(here[near], focus), params)
    return x
