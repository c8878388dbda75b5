"""The contact sheet: real slices, their labels, and synthetic images of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from nnunet_spine.palette import Palette
from nnunet_spine.preview.drawing import Canvas, grey_range, legend_height_in, show_image, show_labels, show_outlines
from nnunet_spine.preview.slices import Slice

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_WIDTH_IN, _GAP_IN, _LEFT_IN, _TOP_IN = 2.4, 0.06, 0.5, 0.65


@dataclass(frozen=True)
class SheetRow:
    """A real slice and what was made of it: pairs of image and labels, (H, W) each."""

    real: Slice
    synthetic: Sequence[tuple[np.ndarray, np.ndarray]]

    @property
    def height_in(self) -> float:
        """Height of its panels."""
        height_mm, width_mm = self.real.extent_mm
        return _WIDTH_IN * height_mm / width_mm


def draw_sheet(path: Path, rows: Sequence[SheetRow], palette: Palette, title: str) -> None:
    """Draw the image, its labels, and the synthetic images with the outlines of theirs; a row for each slice.

    Args:
        path: PNG to write.
        rows: as many synthetic images in each.
        palette: of the labels.
        title: above all.
    """
    names = ["real image", "its labels", *(f"synthetic {k + 1}" for k in range(len(rows[0].synthetic)))]
    step_in = _WIDTH_IN + _GAP_IN
    panels_in = sum(row.height_in + _GAP_IN for row in rows)
    canvas = Canvas(
        _LEFT_IN + len(names) * step_in, _TOP_IN + panels_in + legend_height_in(palette, len(names) * step_in)
    )
    canvas.text(_LEFT_IN, 0.1, title, fontsize=12)
    for k, name in enumerate(names):
        canvas.text(_LEFT_IN + k * step_in + _WIDTH_IN / 2, _TOP_IN - 0.2, name, fontsize=10, ha="center")
    top_in = _TOP_IN
    for row in rows:
        line = [canvas.panel(_LEFT_IN + k * step_in, top_in, _WIDTH_IN, row.height_in) for k in range(len(names))]
        _draw_row(line, row, palette)
        top_in += row.height_in + _GAP_IN
    canvas.legend(_LEFT_IN, palette)
    canvas.save(path)


def _draw_row(line: Sequence[Axes], row: SheetRow, palette: Palette) -> None:
    real = row.real
    line[0].set_ylabel(f"{real.case}\n{real.plane} slice {real.number}", fontsize=9)
    for ax in line[:2]:
        show_image(ax, real.image, grey_range(real.image))
    show_labels(line[1], real.labels, palette)
    for ax, (image, labels) in zip(line[2:], row.synthetic, strict=True):
        show_image(ax, image, grey_range(image))
        show_outlines(ax, labels, palette)
