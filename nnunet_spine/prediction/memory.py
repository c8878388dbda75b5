"""Whether an image is too large for the memory of the machine, before hours are spent on finding out."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence

from nnunet_spine.prediction.model import Model

_LOADED = 1.2e9
_BYTES_OF_VOXEL, _BYTES_OF_CLASS = 20, 4
"""Measured on a network of four classes at 1.41 mm: 1.37 GB for 6.2 million voxels, 2.02 GB for 24.9 million. What a
class adds is its logits in single precision."""


def needed_bytes(shape: Sequence[int], classes: int) -> float:
    """Peak of the memory that prediction of an image takes on the CPU, about."""
    return _LOADED + math.prod(shape) * (_BYTES_OF_VOXEL + classes * _BYTES_OF_CLASS)


def too_large(shape: Sequence[int], model: Model) -> str | None:
    """What is wrong with an image that the machine cannot hold; None for others, and where that cannot be known."""
    try:
        there = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return None
    needed = needed_bytes(shape, len(model.description["labels"]))
    if needed <= there:
        return None
    size = "x".join(map(str, shape))
    return f"{size} voxels take about {needed / 1e9:.0f} GB of memory, this machine has {there / 1e9:.0f}"
