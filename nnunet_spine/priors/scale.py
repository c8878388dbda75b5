"""The scale on which images are compared: 0 is the floor, 1 nearly the brightest tissue."""

from __future__ import annotations

import numpy as np

LOW_PERCENT, HIGH_PERCENT = 0.5, 99.5
"""Percentiles of the voxels above the floor that become 0 and 1: a vessel or a spike must not set the scale."""


def to_unit_range(image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Map an image so that nearly all of it lies between 0 and 1, where the generator's noise-free image lives.

    Gain and offset of an MR image are arbitrary, and the generator's image is Z-scored in the end: only relations
    between tissues matter. The floor, which is the smallest value, is that of padding and erased air; how much of that
    there is says nothing about tissue, so the percentiles are those of the voxels above it. Nothing is clipped: what is
    brighter than 1 keeps its place.

    Args:
        image: float32, finite.

    Returns:
        The image on the new scale, and where it is above the floor.

    Raises:
        ValueError: for an image of one value.
    """
    above = image > image.min()
    if not above.any():
        raise ValueError(f"expected an image, got the value {image.flat[0]:g} in every voxel")
    low, high = np.percentile(image[above], (LOW_PERCENT, HIGH_PERCENT))
    if low == high:
        low = image.min()
    return (image - np.float32(low)) / np.float32(high - low), above
