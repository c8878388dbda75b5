"""Intensities as the network is to see them: padding at 0, the smallest type that holds every value.

SPIDER stores one part of its images with a floor of -1000 and the other with a floor of 0. nnU-Net crops to what is
not zero and normalises by mean and deviation of what is left, so a floor of -1000 would make it normalise by the
padding.
"""

from __future__ import annotations

import numpy as np

_INTEGERS = (np.uint8, np.int16, np.uint16, np.int32)


def floor_to_zero(data: np.ndarray) -> tuple[np.ndarray, float]:
    """Move a negative minimum to 0 and store the values in the smallest type that holds them exactly.

    Args:
        data: intensities of any real type; floating-point values that are all whole numbers are stored as integers.

    Returns:
        The intensities (float32 where they are not whole numbers), and the floor that was subtracted (0 for none).

    Raises:
        ValueError: for values that are not finite or beyond float32.
    """
    low, high = data.min(), data.max()
    if not (np.isfinite(low) and np.isfinite(high)):
        raise ValueError(f"{np.count_nonzero(~np.isfinite(data))} voxels are NaN or infinite")
    floor = min(low.item(), 0)
    dtype = _storage_type(data, floor, high.item())
    if floor == 0:
        return data.astype(dtype, copy=False), 0.0
    wide = np.result_type(dtype, np.int32) if np.issubdtype(dtype, np.integer) else np.float64
    return np.subtract(data, floor, dtype=wide, casting="unsafe").astype(dtype), float(floor)


def _storage_type(data: np.ndarray, floor: float, high: float) -> type:
    whole = np.issubdtype(data.dtype, np.integer) or np.array_equal(data, np.rint(data))
    if whole:
        for dtype in _INTEGERS:
            if high - floor <= np.iinfo(dtype).max:
                return dtype
    if high - floor > float(np.finfo(np.float32).max):
        raise ValueError(f"intensities up to {high:.3g} do not fit into float32")
    return np.float32
