"""Which lateral slices of a training volume are worth keeping.

Sagittal stacks reach beyond the spine on both sides. The four-class study (arXiv 2409.06018) trains on slices that show
vertebra, canal and disc; here slices are dropped at both ends only, never from the middle, so that the volume stays a
volume.
"""

from __future__ import annotations

import numpy as np

from nnunet_spine.labels import CANAL, DISC, STRUCTURES, VERTEBRA

MIN_FOREGROUND = 0.01
"""A slice with a smaller labelled part than this is nearly all background."""


def lateral_range(per_slice: np.ndarray, voxels_per_slice: int) -> tuple[int, int]:
    """Range from the first to the last slice that shows vertebra, canal and disc and is not nearly all background.

    Args:
        per_slice: (X, 256) voxels of each SPIDER value in each slice along the left-right axis.
        voxels_per_slice: size of a slice.

    Returns:
        First slice to keep and the one after the last; everything where no slice shows all three.
    """
    complete = np.ones(len(per_slice), bool)
    for group in (VERTEBRA, CANAL, DISC):
        members = [value for value, structure in STRUCTURES.items() if structure.group == group]
        complete &= per_slice[:, members].any(axis=1)
    kept = np.flatnonzero(complete & (per_slice.sum(axis=1) >= MIN_FOREGROUND * voxels_per_slice))
    return (int(kept[0]), int(kept[-1]) + 1) if len(kept) else (0, len(per_slice))
