"""A figure of one answer: three sagittal slices, without and with what was found."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np

from nnunet_spine.dataset_conversion.volume import Volume, canonical
from nnunet_spine.palette import Palette
from nnunet_spine.preview.drawing import Canvas, grey_range, show_image, show_labels

_SHARES = (0.25, 0.5, 0.75)
"""Of what is labelled, from left to right."""

_HEIGHT_IN, _GAP_IN, _TOP_IN, _BOTTOM_IN = 4.0, 0.06, 0.4, 0.4


def draw_answer(path: Path, image: Path, answer: Path, labels: Mapping[str, Any], title: str) -> None:
    """Draw three sagittal slices of an image, and below each the same with its labels.

    Args:
        path: PNG to write.
        image: NIfTI file.
        answer: label map on its grid.
        labels: of its dataset.json.
        title: above all.
    """
    (grey, spacing_mm), (found, _) = (_upright(file) for file in (image, answer))
    slices = middle_slices(found > 0)
    _, depth, height = grey.shape
    width_in = _HEIGHT_IN * depth * spacing_mm[1] / (height * spacing_mm[2])
    palette, step_in = Palette.of(labels), width_in + _GAP_IN
    canvas = Canvas(_GAP_IN + len(slices) * step_in, _TOP_IN + 2 * (_HEIGHT_IN + _GAP_IN) + _BOTTOM_IN)
    canvas.text(_GAP_IN, 0.1, title, fontsize=10)
    contrast = grey_range(grey[slices])
    for column, index in enumerate(slices):
        for row in range(2):
            top_in = _TOP_IN + row * (_HEIGHT_IN + _GAP_IN)
            ax = canvas.panel(_GAP_IN + column * step_in, top_in, width_in, _HEIGHT_IN)
            show_image(ax, grey[index].T, contrast)
            if row:
                show_labels(ax, found[index].T, palette)
    canvas.legend(_GAP_IN, palette)
    canvas.save(path)


def middle_slices(labelled: np.ndarray) -> list[int]:
    """Indices along the first axis at the quarters of what is labelled; of the volume, where nothing is."""
    counts = labelled.sum((1, 2), dtype=np.int64)
    if not counts.any():
        counts = np.ones_like(counts)
    share = counts.cumsum() / counts.sum()
    return sorted({int(np.searchsorted(share, one)) for one in _SHARES})


def _upright(path: Path) -> tuple[np.ndarray, tuple[float, ...]]:
    image = nib.load(path)
    volume = canonical(Volume(np.asanyarray(image.dataobj), image.affine))
    return volume.data, volume.grid.spacing_mm
