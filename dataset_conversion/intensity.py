"""Intensities as the network is to see them: padding at 0, the smallest type that holds every value.

SPIDER stores one part of its images with a floor of -1000 and the other with a floor of 0. nnU-Net crops to what is
not zero and normalises by mean and deviation of what is left, so a floor of -1000 would make it normalise by the
padding. A floor is what many voxels have: a few negative voxels over a background of 0 are the undershoot of an earlier
resampling, and to move those to 0 would lift the whole background.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

FLOOR_SHARE = 0.001
"""A minimum is the floor if so many of all voxels have it; the extreme of an overshoot or of noise is had by few."""

BORDER_SHARE = 0.25
"""Another value is the floor if so many of the voxels on the volume's faces have it."""

UNDERSHOOT_SHARE = 0.05
"""So few voxels below the floor are undershoot. More are tissue: of an image normalised to a mean of 0 it is half."""

_INTEGERS = (np.uint8, np.int16, np.uint16, np.int32)


@dataclass(frozen=True)
class Intensities:
    """Intensities to store, and how they came about.

    Attributes:
        data: the values, float32 where they are not whole numbers.
        floor: what was subtracted, 0 for nothing.
        clipped: number of voxels below the floor that were set to 0.
    """

    data: np.ndarray
    floor: float
    clipped: int

    def record(self) -> dict[str, Any]:
        """The same in a form for JSON, the values aside."""
        return {
            "intensity_floor": self.floor,
            "intensity_clipped": self.clipped,
            "intensity_type": self.data.dtype.name,
        }


def floor_to_zero(data: np.ndarray) -> Intensities:
    """Move a negative floor to 0, undershoot too, and store the values in the smallest type that holds them exactly.

    Args:
        data: intensities of any real type; floating-point values that are all whole numbers are stored as integers.

    Raises:
        ValueError: for values that are not finite or beyond float32.
    """
    low, high = data.min().item(), data.max().item()
    if not (np.isfinite(low) and np.isfinite(high)):
        raise ValueError(f"{np.count_nonzero(~np.isfinite(data))} voxels are NaN or infinite")
    if low >= 0:
        return Intensities(data.astype(_storage_type(data, low, high), copy=False), 0.0, 0)
    floor = _floor(data, low)
    below = 0 if floor == low else int(np.count_nonzero(data < floor))
    clipped = below if below <= UNDERSHOOT_SHARE * data.size else 0
    dtype = _storage_type(data, 0 if clipped else low - floor, high - floor)
    return Intensities(_moved(data, floor, dtype, clip=clipped > 0), float(floor), clipped)


def _floor(data: np.ndarray, low: float) -> float:
    """The value of the padding where it is negative, else 0."""
    if np.count_nonzero(data == low) >= max(2, FLOOR_SHARE * data.size):
        return low
    faces = np.concatenate([data.take((0, -1), axis).ravel() for axis in range(data.ndim)])
    values, counts = np.unique(faces, return_counts=True)
    commonest = counts.argmax()
    return min(values[commonest].item(), 0) if counts[commonest] >= BORDER_SHARE * faces.size else 0


def _moved(data: np.ndarray, floor: float, dtype: type, clip: bool) -> np.ndarray:
    if clip:
        data = np.maximum(data, data.dtype.type(floor))
    if floor == 0:
        return data.astype(dtype, copy=False)
    wide = np.result_type(dtype, np.int32) if np.issubdtype(dtype, np.integer) else np.float64
    return np.subtract(data, floor, dtype=wide, casting="unsafe").astype(dtype)


def _storage_type(data: np.ndarray, low: float, high: float) -> type:
    """The type for values from `low` to `high` that are whole numbers if the data are."""
    whole = np.issubdtype(data.dtype, np.integer) or np.array_equal(data, np.rint(data))
    if whole:
        for dtype in _INTEGERS:
            if np.iinfo(dtype).min <= low and high <= np.iinfo(dtype).max:
                return dtype
    if max(-low, high) > float(np.finfo(np.float32).max):
        raise ValueError(f"intensities up to {max(-low, high):.3g} do not fit into float32")
    return np.float32
