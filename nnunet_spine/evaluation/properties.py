"""What an image is like, measured where the reference says which tissue is where.

- Signal-to-noise ratio: median of the vertebrae by the deviation of the noise in them. Noise is what is left of a
  sagittal slice after the second difference along both in-plane axes (1 -2 1 times 1 -2 1), which has nothing of a
  constant, a slope or a straight edge along an axis, and whose response to white noise of deviation s has deviation 6 s
  (Immerkaer, Computer Vision and Image Understanding 64:300, 1996). Unlike there the three places lie 1 mm apart, since
  neighbouring pixels of images that were interpolated (SPIDER's T2 SPACE, most product reconstructions) have nearly the
  same noise. Deviation is the median of the magnitudes by 0.6745, so that vessels and other details hardly count.
  Looking at vertebrae alone, the padding of an image cannot pass as free of noise. Trabeculae are part of the noise, so
  very clean images look less so.
- Contrast of two tissues: distance of their medians by their pooled deviation, sqrt((s_a^2 + s_b^2) / 2) with s half
  the distance of the 16th to the 84th percentile. It does not change with scale and offset of intensities.
- Spacing: the geometric mean of both edges of a pixel in the sagittal plane, and the distance of sagittal slices.

Voxels near another tissue hold both and count in neither.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from scipy import ndimage

from nnunet_spine.evaluation.metric import UNDEFINED
from nnunet_spine.evaluation.structures import Structure
from nnunet_spine.labels import CANAL, DISC, VERTEBRA
from nnunet_spine.priors.tissue import BORDER_MM, FEWEST_VOXELS, inner

TISSUES = (VERTEBRA, DISC, CANAL)

_MAD_OF_NORMAL = 0.6745
_GAIN = 6.0
_ONE_SIGMA_PERCENT = (15.866, 50, 84.134)
_NEGATIVE_SHARE = 0.01
"""Images with more than this share of voxels below zero do not have their zero where there is no signal."""


def image_properties(
    image: np.ndarray, reference: np.ndarray, spacing_mm: Sequence[float], structures: Sequence[Structure]
) -> dict[str, float]:
    """Properties of one image.

    Args:
        image: intensities (I, J, K) in RAS order.
        reference: its labels.
        spacing_mm: size of a voxel along each axis.
        structures: of the data set.

    Returns:
        `snr`, `contrast_vertebra_disc`, `contrast_vertebra_canal`, `contrast_disc_canal`, `spacing_in_plane_mm`,
        `spacing_through_plane_mm`, `slices`. NaN where a tissue is absent or too small, where both tissues are without
        variation, and `snr` where the image has no noise or no zero (more than 1 % of it below 0, as after a Z-score).

    Raises:
        ValueError: if image and reference differ in shape.
    """
    if image.shape != reference.shape or image.ndim != 3:
        raise ValueError(
            f"image properties: expected image and reference of one shape (I, J, K), got {image.shape} and "
            f"{reference.shape}"
        )
    tissue = _tissues(reference, structures)
    box = next(iter(ndimage.find_objects((tissue > 0).view(np.uint8))), (slice(0),) * 3)
    pure, values = np.where(inner(tissue[box], spacing_mm), tissue[box], 0), image[box].astype(np.float32)
    spread = {name: _low_middle_high(values[pure == number]) for number, name in enumerate(TISSUES, 1)}
    signal = spread[VERTEBRA][1] if _has_zero(image) else UNDEFINED
    return {
        "snr": _ratio(signal, _noise(values, pure == TISSUES.index(VERTEBRA) + 1, spacing_mm)),
        **{f"contrast_{a}_{b}": _contrast(spread[a], spread[b]) for a, b in combinations(TISSUES, 2)},
        "spacing_in_plane_mm": float(np.sqrt(spacing_mm[1] * spacing_mm[2])),
        "spacing_through_plane_mm": float(spacing_mm[0]),
        "slices": float(image.shape[0]),
    }


def _tissues(reference: np.ndarray, structures: Sequence[Structure]) -> np.ndarray:
    """Number of the tissue of every voxel, from 1 in the order of `TISSUES`; 0 for what is none."""
    values = {value: TISSUES.index(one.group) + 1 for one in structures if one.group in TISSUES for value in one.values}
    table = np.zeros(max(int(reference.max(initial=0)), *values, 0) + 1, np.uint8)
    table[list(values)] = list(values.values())
    return table[reference]


def _low_middle_high(values: np.ndarray) -> np.ndarray:
    if values.size < FEWEST_VOXELS:
        return np.full(3, UNDEFINED)
    return np.percentile(values, _ONE_SIGMA_PERCENT)


def _contrast(a: np.ndarray, b: np.ndarray) -> float:
    deviations = (a[2] - a[0]) / 2, (b[2] - b[0]) / 2
    return _ratio(abs(a[1] - b[1]), np.hypot(*deviations) / np.sqrt(2))


def _noise(image: np.ndarray, mask: np.ndarray, spacing_mm: Sequence[float]) -> float:
    """Deviation of the noise within a mask; see the head of this file."""
    for axis in (1, 2):
        # No further than `inner` keeps clear of other tissue.
        step = max(1, round(BORDER_MM / spacing_mm[axis]))
        image = _second_difference(image, axis, step)
        mask = mask.take(range(step, mask.shape[axis] - step), axis)
    rest = image[mask]
    return float(np.median(np.abs(rest))) / _MAD_OF_NORMAL / _GAIN if rest.size >= FEWEST_VOXELS else UNDEFINED


def _second_difference(image: np.ndarray, axis: int, step: int) -> np.ndarray:
    image = np.moveaxis(image, axis, 0)
    return np.moveaxis(image[2 * step :] - 2 * image[step:-step] + image[: -2 * step], 0, axis)


def _has_zero(image: np.ndarray) -> bool:
    return np.count_nonzero(image < 0) <= _NEGATIVE_SHARE * image.size


def _ratio(value: float, by: float) -> float:
    return float(value / by) if by > 0 else UNDEFINED
