"""Arrays as text that a page holds and a browser decodes."""

from __future__ import annotations

import io
import zlib
from base64 import b64encode

import numpy as np
from PIL import Image

DISTANCE_LIMIT_MM = 5.0
"""Distances beyond it are shown as this."""

_ZERO, _HALF, _NO_STRUCTURE = 128, 100, 255
"""Bytes of distances: 28 to 228 from the negative limit to the positive one, 0 for none, 255 for no structure."""

_QUALITY = 80
"""Of JPEG: a quarter of the size of PNG, and hardly a difference to be seen."""


def picture_url(grey: np.ndarray) -> str:
    """A grey picture as an address that holds it; a JPEG, for looking at and not for measuring.

    Args:
        grey: uint8 (rows, columns).
    """
    file = io.BytesIO()
    Image.fromarray(grey).save(file, format="JPEG", quality=_QUALITY, optimize=True)
    return "data:image/jpeg;base64," + b64encode(file.getvalue()).decode("ascii")


def packed(array: np.ndarray) -> str:
    """The bytes of an array, compressed with zlib, in base64.

    Args:
        array: uint8.
    """
    return b64encode(zlib.compress(np.ascontiguousarray(array).tobytes(), 6)).decode("ascii")


def grey_bytes(image: np.ndarray, percentiles: tuple[float, float] = (0.5, 99.5)) -> np.ndarray:
    """Intensities from black to white between two percentiles.

    Returns:
        uint8 of the same shape.
    """
    image = np.nan_to_num(np.asarray(image, np.float32), posinf=0, neginf=0)
    low, high = np.percentile(image, percentiles)
    return (np.clip((image - low) / max(high - low, 1e-6), 0, 1) * 255).round().astype(np.uint8)


def distance_bytes(distances_mm: np.ndarray) -> np.ndarray:
    """Signed distances in steps of 1/100 of the limit; infinite ones have a byte of their own, NaN is 0."""
    limited = np.clip(np.nan_to_num(distances_mm), -DISTANCE_LIMIT_MM, DISTANCE_LIMIT_MM)
    steps = np.round(limited / DISTANCE_LIMIT_MM * _HALF) + _ZERO
    codes = np.where(np.isinf(distances_mm), _NO_STRUCTURE, steps)
    return np.where(np.isnan(distances_mm), 0, codes).astype(np.uint8)
