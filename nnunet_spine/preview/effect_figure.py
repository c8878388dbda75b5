"""The figures of effects: a row for every step, from without it to its high strength."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from nnunet_spine.palette import Palette
from nnunet_spine.preview.drawing import Canvas, grey_range, show_image, show_outlines
from nnunet_spine.preview.rows import Row

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_WIDTH_IN, _GAP_IN, _LEFT_IN, _TOP_IN = 2.2, 0.06, 0.5, 0.45
_LINE_IN = 0.13
_FRAME = "#F0E442"


def draw_effects(path: Path, rows: Sequence[Row], extent_mm: tuple[float, float], palette: Palette, title: str) -> None:
    """Draw the rows; where they show a detail, a last column says what of.

    Args:
        path: PNG to write.
        rows: at least one.
        extent_mm: of all images.
        palette: of the labels.
        title: above all.
    """
    height_in = _WIDTH_IN * extent_mm[0] / extent_mm[1]
    columns = max(len(row.panels) + (row.window is not None) for row in rows)
    texts_in = [_LINE_IN * (1.5 + max(panel.title.count("\n") + 1 for panel in row.panels)) for row in rows]
    canvas = Canvas(
        _LEFT_IN + columns * (_WIDTH_IN + _GAP_IN), _TOP_IN + len(rows) * height_in + sum(texts_in) + _GAP_IN
    )
    canvas.text(_LEFT_IN, 0.1, title, fontsize=11)
    top_in = _TOP_IN
    for row, text_in in zip(rows, texts_in, strict=True):
        line = [
            canvas.panel(_LEFT_IN + k * (_WIDTH_IN + _GAP_IN), top_in + text_in, _WIDTH_IN, height_in)
            for k in range(len(row.panels) + (row.window is not None))
        ]
        _draw_row(line, row, palette)
        top_in += text_in + height_in
    canvas.save(path)


def _draw_row(line: Sequence[Axes], row: Row, palette: Palette) -> None:
    window = row.window or (slice(None), slice(None))
    grey = grey_range(row.panels[0].image)
    line[0].set_ylabel(f"{row.title}\n{row.note}".strip(), fontsize=9)
    for ax, panel in zip(line, row.panels, strict=False):
        show_image(ax, panel.image[window], grey if row.same_grey else grey_range(panel.image))
        if row.outlines:
            show_outlines(ax, panel.labels[window], palette)
        ax.set_title(panel.title, fontsize=7, pad=3, linespacing=1.1)
    if row.window:
        _draw_place(line[-1], row)


def _draw_place(ax: Axes, row: Row) -> None:
    from matplotlib.patches import Rectangle

    image = row.panels[-1].image
    show_image(ax, image, grey_range(row.panels[0].image))
    rows, columns = row.window
    corner = (image.shape[1] - columns.stop - 0.5, image.shape[0] - rows.stop - 0.5)
    size = (columns.stop - columns.start, rows.stop - rows.start)
    ax.add_patch(Rectangle(corner, *size, fill=False, edgecolor=_FRAME, linewidth=1))
    ax.set_title("where", fontsize=7, pad=3)
