"""A figure of one answer: three sagittal slices, without and with what was found."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np

from nnunet_spine.dataset_conversion.volume import Volume, canonical
from nnunet_spine.palette import Palette
from nnunet_spine.preview.drawing import (
    Canvas,
    grey_range,
    legend_column_in,
    legend_height_in,
    show_image,
    show_labels,
    text_width_in,
)

_SHARES = (0.25, 0.5, 0.75)
"""Of what is labelled, from left to right."""

_LARGEST_IN, _SMALLEST_IN = (8.0, 4.0), 0.05
"""Width and height of a panel, and the least of both, for an image that is one slice."""

_GAP_IN, _TOP_IN, _TITLE_PT = 0.06, 0.4, 10


def draw_answer(path: Path, image: Volume, answer: Path, labels: Mapping[str, Any], title: str) -> None:
    """Draw three sagittal slices of an image, and below each the same with its labels.

    Args:
        path: PNG to write.
        image: what was segmented.
        answer: label map on its grid, a NIfTI file.
        labels: of its dataset.json.
        title: above all.
    """
    labelled = nib.load(answer)
    upright, found = canonical(image), canonical(Volume(np.asanyarray(labelled.dataobj), labelled.affine)).data
    grey, spacing_mm = upright.data, upright.grid.spacing_mm
    slices = middle_slices(found > 0)
    _, depth, height = grey.shape
    width_in, height_in = _fitted(depth * spacing_mm[1], height * spacing_mm[2])
    palette, step_in = Palette.of(labels), width_in + _GAP_IN
    across_in = max(len(slices) * step_in, legend_column_in(palette), text_width_in(title, _TITLE_PT) + _GAP_IN)
    down_in = _TOP_IN + 2 * (height_in + _GAP_IN) + legend_height_in(palette, across_in)
    canvas = Canvas(_GAP_IN + across_in, down_in)
    canvas.text(_GAP_IN, 0.1, title, fontsize=_TITLE_PT)
    contrast = grey_range(grey[slices])
    for column, index in enumerate(slices):
        for row in range(2):
            top_in = _TOP_IN + row * (height_in + _GAP_IN)
            ax = canvas.panel(_GAP_IN + column * step_in, top_in, width_in, height_in)
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


def _fitted(*size_mm: float) -> tuple[float, ...]:
    """Width and height of a panel in inches, in proportion."""
    scale = min(most / size for most, size in zip(_LARGEST_IN, size_mm, strict=True))
    return tuple(max(scale * size, _SMALLEST_IN) for size in size_mm)
