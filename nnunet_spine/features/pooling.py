"""The mean of every layer over every structure, taken while the network runs: no activation is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn.functional import adaptive_avg_pool2d, adaptive_avg_pool3d

from nnunet_spine.features.layers import watching
from nnunet_spine.features.tiles import Tiling
from nnunet_spine.plumbing.wording import listed

_POOL = {2: adaptive_avg_pool2d, 3: adaptive_avg_pool3d}


def pooled(features: torch.Tensor, weights: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Sums of features over structures.

    A voxel of a coarse layer counts for a structure by the share of the voxels beneath it that are of the structure.

    Args:
        features: (1, C, *layer).
        weights: (S, *tile), how much each voxel of the image counts for each structure.

    Returns:
        (S, C), the sums of the features; and (S, 1), those of the weights; in float64 on the CPU.
    """
    on_layer = _POOL[weights.dim() - 1](weights[None], features.shape[2:])[0].flatten(1)
    sums = on_layer @ features[0].flatten(1).float().T
    return sums.cpu().double(), on_layer.sum(1, keepdim=True).cpu().double()


class _Sums:
    """Sums of features and weights of several layers over the tiles of an image."""

    def __init__(self) -> None:
        self._tile: dict[str, tuple[torch.Tensor, torch.Tensor]] = {}
        self._all: dict[str, tuple[torch.Tensor, torch.Tensor]] = {}
        self.share = torch.zeros(())

    def see(self, name: str, module: nn.Module, output: torch.Tensor) -> None:
        """Take a layer's output; of a module that runs again the last one counts."""
        self._tile[name] = pooled(output, self.share)

    def end_tile(self) -> None:
        """Add what was seen of a tile."""
        for name, new in self._tile.items():
            before = self._all.get(name, (0, 0))
            self._all[name] = (before[0] + new[0], before[1] + new[1])

    def means(self) -> dict[str, torch.Tensor]:
        """Mean features of the image, (S, C) by the layer's name."""
        return {name: sums / weights for name, (sums, weights) in self._all.items()}


@dataclass(frozen=True)
class Labelled:
    """An image, or a slice of one, and where its structures are.

    Attributes:
        image: (C, *size), at least as large as a tile.
        labels: (*size), its label map.
        values: of every structure in it, those that it has in the label map.
    """

    image: torch.Tensor
    labels: torch.Tensor
    values: Sequence[Sequence[int]]

    def masks(self, place: tuple[slice, ...]) -> torch.Tensor:
        """Masks (S, *tile) of the structures in a part of it, in float32."""
        here = self.labels[place]
        return torch.stack([torch.isin(here, torch.tensor(one).to(here)) for one in self.values]).float()


def structure_means(
    network: nn.Module, layers: Sequence[str], what: Labelled, tile: Sequence[int]
) -> dict[str, torch.Tensor]:
    """Mean activation of each channel over each structure of an image, (S, C) by the layer's name.

    Args:
        network: on the device of the image.
        layers: their names.
        what: image and structures.
        tile: size of what the network sees at once.

    Raises:
        ValueError: if an activation is not finite.
    """
    sums, tiling = _Sums(), Tiling(what.labels.shape, tile)
    with watching(network, layers, sums.see), torch.inference_mode():
        for place in tiling.places:
            here = what.masks(place)
            if here.any():
                sums.share = here * tiling.share(place).to(here.device)
                network(what.image[(None, slice(None), *place)])
                sums.end_tile()
    means = sums.means()
    for name, values in means.items():
        _require_finite(name, values)
    return means


def _require_finite(name: str, values: torch.Tensor) -> None:
    bad = (~torch.isfinite(values)).any(0).nonzero().flatten().tolist()
    if bad:
        raise ValueError(f"layer {name}: activations are NaN or infinite in channels {listed([str(c) for c in bad])}")
