"""Lesions of a batch: drawn, found in the label maps, put into the deformation and into the image.

Each lesion acts on its own sample alone, one after the other, so that the samples without any stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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

Foci = list[Focus]
"""A focus for each lesion that is on, kind by kind and sample by sample."""


class Lesion(NamedTuple):
    """One lesion: its kind, its sample and its parameters as numbers."""

    kind: Kind
    sample: int
    params: tuple


def sample_pathology(config: PathologyConfig, n: int, layout: Layout, rng: torch.Generator) -> PathologyParams:
    """Draw the lesions of `n` samples."""
    return PathologyParams(*(kind.sample(getattr(config, kind.name), n, rng) for kind in KINDS))


def locate(tissue: torch.Tensor, params: PathologyParams, spacing_mm: Sequence[float]) -> Foci:
    """Find out where the lesions are.

    Args:
        tissue: uint8 (B, 1, *T) tissue of the voxels of the label maps, before any deformation.
        params: of the B samples.
        spacing_mm: distance of the voxels.
    """
    wishes = [
        Wish(lesion.sample, lesion.kind.seat, lesion.params.rank, getattr(lesion.params, "side", 1.0))
        for lesion in lesions_of(params)
    ]
    return find(tissue, wishes, spacing_mm) if wishes else []


def displace(positions: torch.Tensor, params: PathologyParams, foci: Foci) -> torch.Tensor:
    """Deform the samples by their lesions.

    Args:
        positions: (B, *S, d) where every voxel looks, in mm from the centre of the label maps; written to.
        params: of the B samples.
        foci: from `locate`.
    """
    for lesion, focus in zip(lesions_of(params), foci, strict=True):
        if lesion.kind.displace:
            here = shared(positions[lesion.sample])
            near = neighbourhood(here, focus, lesion.kind.reach(lesion.params, focus))
            lesion.kind.displace(Frame(here[near], focus), lesion.params)
    return positions


def paint(
    x: torch.Tensor, tissue: torch.Tensor, positions: torch.Tensor, params: PathologyParams, foci: Foci
) -> torch.Tensor:
    """Change the signal where lesions do.

    Args:
        x: (B, 1, *S) image, written to.
        tissue: uint8 (B, 1, *S) of its voxels.
        positions: from `displace`.
        params: of the B samples.
        foci: from `locate`.
    """
    for lesion, focus in zip(lesions_of(params), foci, strict=True):
        if lesion.kind.paint:
            here = shared(positions[lesion.sample])
            near = neighbourhood(here, focus, lesion.kind.reach(lesion.params, focus))
            image, tissues = (shared(of_all[lesion.sample, 0])[near] for of_all in (x, tissue))
            lesion.kind.paint(image, tissues, Frame(here[near], focus), lesion.params)
    return x


def lesions_of(params: PathologyParams) -> Iterator[Lesion]:
    """The lesions that are on; parameters lie on the CPU, so nothing waits for the device."""
    for kind, of_kind in zip(KINDS, params, strict=True):
        for sample, on in enumerate(of_kind.on.tolist()):
            if on:
                yield Lesion(kind, sample, type(of_kind)(*(value[sample].item() for value in of_kind)))
