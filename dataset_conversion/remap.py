"""Mask values -> classes, and the counts that everything else about a mask is told by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby, pairwise

import numpy as np

from nnunet_spine.labels import STRUCTURES

_BLOCKS = 128
"""Heights are told in so many steps over the whole volume (or slice by slice), far finer than vertebrae follow on."""


@dataclass(frozen=True)
class MaskTable:
    """How often every value occurs where.

    Attributes:
        per_slice: (X, 256) int64, voxels of each value in each slice along the first axis (left to right); 0 is not
            counted.
        heights: mean index along the third axis (towards the head) of every value that occurs, 0 aside, to the
            precision of `_BLOCKS`.
    """

    per_slice: np.ndarray
    heights: dict[int, float]

    @property
    def counts(self) -> dict[int, int]:
        """Voxels of every value that occurs, 0 aside."""
        return counts_of(self.per_slice)


def counts_of(per_slice: np.ndarray) -> dict[int, int]:
    """Voxels of every value that occurs in the slices of a `MaskTable.per_slice`, 0 aside."""
    totals = per_slice.sum(axis=0)
    return {int(value): int(totals[value]) for value in np.flatnonzero(totals)}


def spider_values(mask: np.ndarray) -> np.ndarray:
    """The mask as uint8.

    Raises:
        ValueError: if it is empty, holds values that are no whole numbers, or values that SPIDER's table does not know
            (named with their voxel counts).
    """
    if not np.issubdtype(mask.dtype, np.integer):
        broken = np.count_nonzero(mask != np.rint(mask))
        if broken:
            raise ValueError(f"{broken} voxels are not whole numbers: was the mask resampled with interpolation?")
    if mask.dtype != np.uint8:
        outside = (mask < 0) | (mask > 255)
        if outside.any():
            raise ValueError(_unknown_values(*np.unique(mask[outside], return_counts=True)))
    return mask.astype(np.uint8, copy=False)


def tabulate(mask: np.ndarray) -> MaskTable:
    """Count the values of a mask in canonical orientation.

    Args:
        mask: (X, Y, Z) uint8, Fortran-contiguous.

    Raises:
        ValueError: if it is empty or holds values that SPIDER's table does not know (named with their voxel counts).
    """
    width = mask.shape[0]
    per_slice, moments = np.zeros((width, 256), np.int64), np.zeros(256)
    # In blocks that stay in the processor's cache, which is three times as fast as all at once.
    edges = np.linspace(0, mask.shape[2], min(_BLOCKS, mask.shape[2]) + 1).astype(int)
    for start, end in pairwise(edges):
        flat = mask[..., start:end].reshape(-1, order="F")
        where = np.flatnonzero(flat != 0)
        keys = (where % width) * 256 + flat[where]
        counts = np.bincount(keys, minlength=256 * width).reshape(width, 256)
        per_slice += counts
        moments += (start + end - 1) / 2 * counts.sum(axis=0)
    totals = counts_of(per_slice)
    if not totals:
        raise ValueError("empty: no voxel is labelled")
    unknown = {value: count for value, count in totals.items() if value not in STRUCTURES}
    if unknown:
        raise ValueError(_unknown_values(list(unknown), list(unknown.values())))
    return MaskTable(per_slice, {value: float(moments[value] / count) for value, count in totals.items()})


def apply_table(mask: np.ndarray, table: np.ndarray) -> np.ndarray:
    """Look every voxel up.

    Args:
        mask: uint8 of any shape.
        table: (256,) of values in 0..255.

    Returns:
        uint8 of the mask's shape, Fortran-contiguous. `bytes.translate` is several times faster than indexing.
    """
    looked_up = mask.tobytes(order="F").translate(table.astype(np.uint8).tobytes())
    return np.frombuffer(looked_up, np.uint8).reshape(mask.shape, order="F")


def class_counts(counts: Mapping[int, int], table: np.ndarray) -> dict[int, int]:
    """Voxels per class out of voxels per SPIDER value."""
    totals: dict[int, int] = {}
    for value, voxels in counts.items():
        totals[int(table[value])] = totals.get(int(table[value]), 0) + voxels
    return totals


def _unknown_values(values: np.ndarray | list[int], counts: np.ndarray | list[int]) -> str:
    listed = ", ".join(f"{value} ({count} voxels)" for value, count in list(zip(values, counts, strict=True))[:20])
    return f"unknown label value {listed}; known are {_known_values()}"


def _known_values() -> str:
    """The values of SPIDER's table, those of one kind as a range."""
    kinds = groupby(sorted(STRUCTURES), key=lambda value: (STRUCTURES[value].group, STRUCTURES[value].partial))
    ranges = [(values[0], values[-1]) for values in (list(members) for _, members in kinds)]
    return ", ".join(["0", *(str(first) if first == last else f"{first}-{last}" for first, last in ranges)])
