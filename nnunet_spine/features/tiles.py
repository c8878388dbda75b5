"""The tiles in which nnU-Net shows an image to a network, and how much each voxel of a tile counts.

A voxel that lies in several tiles counts once in all, the tiles sharing it by nnU-Net's Gaussian: a sum over all tiles
is the sum over the map of features that one would get by stitching tiles as nnU-Net stitches its predictions.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import torch
from nnunetv2.inference.sliding_window_prediction import compute_gaussian, compute_steps_for_sliding_window
from torch.nn.functional import pad

STEP = 0.5
"""Distance of tiles in tiles, nnU-Net's at prediction."""


class Tiling:
    """Tiles of images of one size.

    Args:
        size: of the image along the axes that tiles have; at least that of a tile.
        tile: size of a tile.

    Attributes:
        places: of the tiles, a slice for each axis.
    """

    def __init__(self, size: Sequence[int], tile: Sequence[int]) -> None:
        steps = compute_steps_for_sliding_window(tuple(size), tuple(tile), STEP)
        starts = product(*steps)
        self.places = [tuple(slice(a, a + n) for a, n in zip(start, tile, strict=True)) for start in starts]
        self._gaussian = compute_gaussian(
            tuple(tile), sigma_scale=1 / 8, value_scaling_factor=10, dtype=torch.float32, device=torch.device("cpu")
        )
        self._total = torch.zeros(tuple(size))
        for place in self.places:
            self._total[place] += self._gaussian

    def share(self, place: tuple[slice, ...]) -> torch.Tensor:
        """How much each voxel of a tile counts, between 0 and 1."""
        return self._gaussian / self._total[place]


def padded(array: torch.Tensor, size: Sequence[int], value: float) -> torch.Tensor:
    """An array whose last axes have at least a size, by as much before as after, like nnU-Net at prediction."""
    missing = [max(0, n - m) for n, m in zip(size, array.shape[-len(size) :], strict=True)]
    return pad(array, [k for n in reversed(missing) for k in (n // 2, n - n // 2)], value=value)
