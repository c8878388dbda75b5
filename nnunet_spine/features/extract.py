"""Images -> rows of pooled features."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from tqdm import tqdm

from nnunet_spine.features.domains import Case
from nnunet_spine.features.model import Network
from nnunet_spine.features.pooling import Labelled, structure_means
from nnunet_spine.features.table import WHOLE, FeatureTable, table_of
from nnunet_spine.features.tiles import padded

_NOWHERE = -1
"""In a label map: no structure, and no background either."""


@dataclass(frozen=True)
class What:
    """What to take of every image.

    Attributes:
        layers: names of the layers.
        structures: values of every structure by its name.
        slices: for a network of slices, how many of the middle of every image; None for all.
    """

    layers: Sequence[str]
    structures: Mapping[str, Sequence[int]]
    slices: int | None = None


def extract(network: Network, cases: Sequence[Case], what: What) -> FeatureTable:
    """Features of all images, read and run one after the other.

    Raises:
        ValueError: if an image cannot be read, or none has a voxel of any structure.
    """
    rows = [
        row
        for case in tqdm(cases, desc="features", unit="image", delay=0.5)
        for row in _rows_of_case(network, case, what)
    ]
    if not rows:
        raise ValueError(f"no image has a voxel of {', '.join(what.structures)}")
    return table_of(rows)


def _rows_of_case(
    network: Network, case: Case, what: What
) -> Iterator[tuple[tuple[object, ...], dict[str, np.ndarray]]]:
    image, labels = network.prepare(case)
    image, labels = padded(image, network.tile, 0), padded(labels, network.tile, _NOWHERE)
    for index, part, part_labels in _parts(image, labels, len(network.tile), what.slices):
        there = _voxels(part_labels, what.structures)
        if not there:
            continue
        values = [what.structures[name] for name in there]
        labelled = Labelled(part.to(network.device), part_labels.to(network.device), values)
        means = structure_means(network.module, what.layers, labelled, network.tile)
        for row, (name, voxels) in enumerate(there.items()):
            key = (case.domain, case.name, case.patient, index, name, voxels)
            yield key, {layer: vectors[row].numpy() for layer, vectors in means.items()}


def _voxels(labels: torch.Tensor, structures: Mapping[str, Sequence[int]]) -> dict[str, int]:
    """How many voxels each structure has, of those that are there."""
    found, counts = torch.unique(labels, return_counts=True)
    of = dict(zip(found.tolist(), counts.tolist(), strict=True))
    voxels = {name: sum(of.get(value, 0) for value in set(values)) for name, values in structures.items()}
    return {name: number for name, number in voxels.items() if number}


def _parts(
    image: torch.Tensor, labels: torch.Tensor, dim: int, slices: int | None
) -> Iterator[tuple[int, torch.Tensor, torch.Tensor]]:
    """Slices of an image with their indices, or all of it for a network of volumes."""
    if dim == labels.dim():
        yield WHOLE, image, labels
        return
    number = min(slices or len(labels), len(labels))
    first = (len(labels) - number) // 2
    for index in range(first, first + number):
        yield index, image[:, index], labels[index]
