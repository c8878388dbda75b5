"""A scene of a few voxels, in which each of five classes is a tissue of its own."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from nnunet_spine.synth.steps import BINS, Grid, Layout, Scene, TissueTable
from nnunet_spine.synth.tissues import CANAL, DISC, UNLABELLED, VERTEBRA

TISSUES = torch.tensor([UNLABELLED, VERTEBRA, CANAL, DISC, DISC + 1])
REGIONS = 3


@pytest.fixture
def layout_of() -> Callable[..., Layout]:
    """The layout of a grid of 1 mm, unless told otherwise."""

    def make(*size: int, spacing_mm: tuple[float, ...] | None = None) -> Layout:
        return Layout(Grid(size, spacing_mm or (1.0,) * len(size)), size, TISSUES, REGIONS)

    return make


@pytest.fixture
def scene_of() -> Callable[..., Scene]:
    """The scene of a layout: labels (B, 1, *S) or one for all voxels, of one part; bins go through the regions."""

    def make(layout: Layout, labels: torch.Tensor | int = 0, part: int = 0, batch: int = 1) -> Scene:
        shape = (batch, 1, *layout.grid.size)
        labels = torch.as_tensor(labels).expand(shape)
        bins = torch.arange(labels.numel()).reshape(shape) % BINS
        code = 1 + (part * len(TISSUES) + labels) * BINS + bins
        region = torch.arange(BINS).remainder(REGIONS).expand(batch, len(TISSUES), -1)
        return Scene(layout.grid, code.int().contiguous(), region.contiguous(), TissueTable(TISSUES))

    return make
