"""The figure of features as points: a panel for each layer, colours for domains, markers for structures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from nnunet_spine.features.layers import short_names
from nnunet_spine.figure_style import COLOURS, INK, MARKERS, WIDTH_IN, new_figure, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

_COLUMNS = 3
_PANEL_IN = 2.5
_HEAD_IN = 1.1


@styled
def embedding_figure(rows: pd.DataFrame, points: Mapping[str, np.ndarray], title: str) -> Figure:
    """Draw it.

    Args:
        rows: domain and structure of every point.
        points: (N, 2) by the layer's name.
        title: of the figure.
    """
    height = -(-len(points) // _COLUMNS)
    figure = new_figure(_HEAD_IN + _PANEL_IN * height, WIDTH_IN)
    axes = figure.subplots(height, _COLUMNS, squeeze=False).ravel()
    colours = dict(zip(dict.fromkeys(rows["domain"]), _cycled(COLOURS), strict=False))
    markers = dict(zip(dict.fromkeys(rows["structure"]), _cycled(MARKERS), strict=False))
    for ax, name, one in zip(axes, short_names(list(points)), points.values(), strict=False):
        _draw(ax, rows, one, colours, markers)
        ax.set_title(name)
    for ax in axes[len(points) :]:
        ax.set_axis_off()
    figure.suptitle(title, fontsize=9.5)
    handles = [_handle(name, color=colour, marker="o") for name, colour in colours.items()]
    handles += [_handle(name, color=INK, marker=marker, markerfacecolor="none") for name, marker in markers.items()]
    figure.legend(handles=handles, loc="outside lower center", ncols=min(8, len(handles)))
    return figure


def _draw(
    ax: Axes, rows: pd.DataFrame, points: np.ndarray, colours: Mapping[str, str], markers: Mapping[str, str]
) -> None:
    for (domain, structure), places in rows.groupby(["domain", "structure"], sort=False).indices.items():
        x, y = points[places].T
        ax.plot(
            *(x, y, markers[structure]),
            color=colours[domain],
            markersize=5,
            alpha=0.75,
            markeredgecolor="white",
            markeredgewidth=0.4,
        )
    ax.set_xticks([])
    ax.set_yticks([])
    ax.spines[["top", "right"]].set_visible(True)


def _handle(name: str, **style: object) -> Line2D:
    from matplotlib.lines import Line2D

    return Line2D([], [], linestyle="none", markersize=6, label=name, **style)


def _cycled(values: tuple[str, ...] | str) -> list[str]:
    """Enough of them for all domains or structures; beyond the first few they repeat."""
    return list(values) * 8
