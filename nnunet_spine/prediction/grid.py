"""The grid on which a network sees an image, and whether there is a place for it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nnunet_spine.plumbing.memory import memory_bytes
from nnunet_spine.prediction.orientation import axes_read

_LOADED = 1.2e9
_BYTES_OF_VOXEL, _BYTES_OF_CLASS = 20, 4
"""Measured on a network of four classes at 1.41 mm: 1.37 GB for 6.2 million voxels, 2.02 GB for 24.9 million. What a
class adds is its logits in single precision."""

_BYTES_OF_SEEN_VOXEL, _BYTES_OF_SEEN_CLASS = 20, 6
"""Of the network's grid: image, and logits in half and in single precision. Measured on the same: 1.28 GB for 5.0
million voxels that the network sees, 1.93 GB for 19.8 million."""


@dataclass(frozen=True)
class NetworkGrid:
    """What resamples an image for a network.

    Attributes:
        reader: nnU-Net's name of what reads the image.
        transpose: order in which its axes are taken.
        spacing_mm: of the network, along its axes: a 2D network has two, and takes slices as they are.
    """

    reader: str
    transpose: Sequence[int]
    spacing_mm: Sequence[float]

    def shape(self, prepared: Mapping[str, Any]) -> tuple[int, ...]:
        """Number of voxels along each axis after resampling, at most: nnU-Net cuts off a margin of zeros before.

        Args:
            prepared: what is known of the image: its shape, spacing and orientation.
        """
        read = axes_read(prepared["orientation"], self.reader)
        axes = [read[axis] for axis in self.transpose]
        kept = len(axes) - len(self.spacing_mm)
        sizes, edges_mm = ([prepared[key][axis] for axis in axes] for key in ("shape", "spacing_mm"))
        new_mm = [*edges_mm[:kept], *self.spacing_mm]
        return tuple(round(edge / new * size) for size, edge, new in zip(sizes, edges_mm, new_mm, strict=True))


def misfit(prepared: Mapping[str, Any], grid: NetworkGrid, classes: int) -> str | None:
    """Why an image cannot be predicted; None for others.

    Args:
        prepared: what is known of the image.
        grid: of the network.
        classes: number of its labels.
    """
    shape, seen = prepared["shape"], grid.shape(prepared)
    spacing = " x ".join(f"{edge:.4g}" for edge in prepared["spacing_mm"])
    image = f"{_times(shape)} voxels of {spacing} mm"
    if 0 in seen:
        return f"{image} become {_times(seen)} at the spacing of the network: is the spacing in the header right?"
    there, needed = memory_bytes(), needed_bytes(shape, seen, classes)
    if there is None or needed <= there:
        return None
    return (
        f"{image}, for the network {_times(seen)}, take about {needed / 1e9:.0f} GB of memory, this machine has "
        f"{there / 1e9:.0f}"
    )


def needed_bytes(shape: Sequence[int], seen: Sequence[int], classes: int) -> float:
    """Peak of the memory that prediction takes on the CPU, about.

    Args:
        shape: of the image.
        seen: of the same on the network's grid.
        classes: number of labels.
    """
    own = math.prod(shape) * (_BYTES_OF_VOXEL + classes * _BYTES_OF_CLASS)
    return _LOADED + own + math.prod(seen) * (_BYTES_OF_SEEN_VOXEL + classes * _BYTES_OF_SEEN_CLASS)


def _times(shape: Sequence[int]) -> str:
    return "x".join(map(str, shape))
