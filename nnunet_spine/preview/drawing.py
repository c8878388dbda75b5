"""How slices and labels are drawn in all figures."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nnunet_spine.palette import Palette
from nnunet_spine.plumbing.files import write_beside

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_DPI = 110
_ALPHA = 0.55
_PERCENTILES = (0.5, 99.5)

_POINTS_PER_IN = 72
_SIZE_PT, _BESIDE_NAME_EM, _LINE_EM = 8, 4.8, 1.6
"""Of a legend: size of the font; what matplotlib sets beside each name, with the space between columns; a line."""


def grey_range(image: np.ndarray) -> tuple[float, float]:
    """Intensities to show as black and as white."""
    for percentiles in (_PERCENTILES, (0, 100)):
        low, high = map(float, np.percentile(image, percentiles))
        if high > low:
            return low, high
    return low, low + 1  # all is black


def text_width_in(text: str, size_pt: float) -> float:
    """Width of a line of text."""
    from matplotlib.textpath import TextPath

    return TextPath((0, 0), text, size=size_pt).get_extents().width / _POINTS_PER_IN if text.strip() else 0.0


def legend_column_in(palette: Palette) -> float:
    """Width of the names of labels one below the other, the least that a legend takes."""
    widest_in = max((text_width_in(name, _SIZE_PT) for name in palette.names.values()), default=0.0)
    return widest_in + _BESIDE_NAME_EM * _SIZE_PT / _POINTS_PER_IN


def legend_columns(palette: Palette, width_in: float) -> int:
    """How many names of labels fit beside each other; one is taken to fit."""
    return max(1, min(len(palette.names), int(width_in / legend_column_in(palette))))


def legend_height_in(palette: Palette, width_in: float) -> float:
    """Height of a legend of that width."""
    lines = math.ceil(len(palette.names) / legend_columns(palette, width_in))
    return (lines + 1) * _LINE_EM * _SIZE_PT / _POINTS_PER_IN


def show_image(ax: Axes, image: np.ndarray, grey: tuple[float, float]) -> None:
    """Draw a slice whose axes lead to head, front or right with head or front up, and front or right to the left."""
    ax.imshow(
        image[::-1, ::-1],
        cmap="gray",
        vmin=grey[0],
        vmax=grey[1],
        aspect="auto",
        interpolation="antialiased",
    )


def show_labels(ax: Axes, labels: np.ndarray, palette: Palette) -> None:
    """Paint labels over the slice that is there."""
    from matplotlib.colors import to_rgba

    table = np.zeros((len(palette.colours) + 1, 4))
    for value, colour in palette.colours.items():
        table[value] = to_rgba(colour, _ALPHA)
    ax.imshow(table[labels.clip(min=0)][::-1, ::-1], aspect="auto", interpolation="nearest")


def show_outlines(ax: Axes, labels: np.ndarray, palette: Palette) -> None:
    """Draw the borders of labels over the slice that is there."""
    for value, colour in palette.colours.items():
        mask = (labels == value)[::-1, ::-1]
        if mask.any() and not mask.all():
            ax.contour(mask, levels=[0.5], colors=[colour], linewidths=0.5, alpha=0.8)


class Canvas:
    """A figure whose parts are placed in inches from its left and upper border; it needs no display.

    Args:
        width_in: of the figure.
        height_in: of the figure.
    """

    def __init__(self, width_in: float, height_in: float) -> None:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        self.figure = Figure(figsize=(width_in, height_in))
        self.size_in = (width_in, height_in)
        FigureCanvasAgg(self.figure)

    def panel(self, left_in: float, top_in: float, width_in: float, height_in: float) -> Axes:
        """Axes without ticks."""
        width, height = self.size_in
        box = (left_in / width, 1 - (top_in + height_in) / height, width_in / width, height_in / height)
        ax = self.figure.add_axes(box)
        ax.set_xticks([])
        ax.set_yticks([])
        return ax

    def text(self, left_in: float, top_in: float, text: str, **style: Any) -> None:
        """Text whose left upper corner lies there, unless the style says otherwise."""
        width, height = self.size_in
        self.figure.text(left_in / width, 1 - top_in / height, text, **{"ha": "left", "va": "top", **style})

    def legend(self, left_in: float, palette: Palette) -> None:
        """Names of the labels along the lower border, `legend_height_in` high."""
        from matplotlib.patches import Patch

        handles = [Patch(color=palette.colours[value], label=name) for value, name in palette.names.items()]
        place = {"loc": "lower left", "bbox_to_anchor": (left_in / self.size_in[0], 0), "borderaxespad": 0.3}
        columns = legend_columns(palette, self.size_in[0] - left_in)
        self.figure.legend(handles=handles, ncols=columns, frameon=False, fontsize=_SIZE_PT, **place)

    def save(self, path: Path) -> None:
        """Write a PNG."""
        write_beside(path, lambda file: self.figure.savefig(file, format="png", dpi=_DPI))
