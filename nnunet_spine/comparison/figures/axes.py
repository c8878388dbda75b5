"""Axes of metrics, and the legend of arms."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from nnunet_spine.comparison.figures.style import ArmStyle
from nnunet_spine.comparison.statistics.measures import Measure
from nnunet_spine.figure_style import WIDTH_IN, new_figure

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_DECADES_MM = (0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
_LINEAR_MM = 1.0
"""Distances below are drawn in proportion, so that 0 has its place; above by their logarithm."""

_STEP = 0.05
_CLOSE = 0.2
"""Limits of shares are multiples of the step; a value closer to one, in steps, gets the next."""

_PAD = 0.03
_LETTER_IN, _HANDLE_IN = 0.085, 0.55


def drawn_values(rows: pd.DataFrame) -> np.ndarray:
    """Means and ends of their intervals, for the limits of an axis."""
    return rows[["mean", "ci_low", "ci_high"]].to_numpy(float).ravel()


def metric_axis(ax: Axes, measure: Measure, values: Iterable[float], which: Literal["x", "y"]) -> None:
    """Scale, limits, ticks and label of an axis on which a metric lies; no value lies outside.

    Shares begin and end at the next twentieth; distances begin at 0, by logarithm from 1 mm.

    Args:
        ax: to set.
        measure: what lies on the axis.
        values: all that are drawn; NaN does not count.
        which: the axis.
    """
    finite = [value for value in values if math.isfinite(value)] or [0.0, 1.0]
    axis = ax.xaxis if which == "x" else ax.yaxis
    set_limits = ax.set_xlim if which == "x" else ax.set_ylim
    if measure.metric.unit:
        (ax.set_xscale if which == "x" else ax.set_yscale)("symlog", linthresh=_LINEAR_MM, linscale=0.4)
        top = max(*finite, _LINEAR_MM)
        set_limits(-0.05, top * 1.15)
        ticks = [tick for tick in _DECADES_MM if tick <= top * 1.15]
        axis.set_ticks(ticks, [str(tick) for tick in ticks])
        axis.set_minor_locator(_no_ticks())
    else:
        low = max(0.0, math.floor(min(finite) / _STEP - _CLOSE) * _STEP)
        high = min(1.0, math.ceil(max(finite) / _STEP + _CLOSE) * _STEP)
        set_limits(low - _PAD * (high - low), high + _PAD * (high - low))
    axis.set_label_text(measure.label)


def _no_ticks() -> object:
    from matplotlib.ticker import NullLocator

    return NullLocator()


def arm_handles(styles: Mapping[str, ArmStyle], arms: Sequence[str], line: bool = True) -> list[Artist]:
    """An entry of a legend for every arm, as lines or as markers alone."""
    from matplotlib.lines import Line2D

    edge = {"markeredgecolor": "black", "markeredgewidth": 0.4}
    return [
        Line2D([], [], color=one.colour, marker=one.marker, linestyle=one.line if line else "", label=one.name, **edge)
        for one in (styles[arm] for arm in arms)
    ]


def legend_below(figure: Figure, handles: Sequence[Artist]) -> None:
    """A legend below all panels, in as many columns as have room."""
    widest = max(len(str(handle.get_label())) for handle in handles) * _LETTER_IN + _HANDLE_IN
    columns = max(1, min(len(handles), int(WIDTH_IN / widest)))
    figure.legend(handles=handles, loc="outside lower center", ncols=columns)


def dodge(count: int, width: float) -> np.ndarray:
    """Offsets at which things stand side by side around 0, `width` in all."""
    return (np.arange(count) - (count - 1) / 2) * width / max(count, 1)


def panels(count: int, per_row: int = 3, height_in: float = 2.6) -> tuple[Figure, list[Axes]]:
    """A figure of that many panels that share the scale of their y axis; unused places stay empty."""
    columns = min(count, per_row)
    rows = -(-count // columns)
    figure = new_figure(rows * height_in + 0.4)
    axes = figure.subplots(rows, columns, squeeze=False, sharey=True).ravel()
    for ax in axes[count:]:
        ax.set_axis_off()
    return figure, list(axes[:count])


def label_left_only(axes: Sequence[Axes]) -> None:
    """Of panels that share their y axis, those at the left alone say what it is."""
    for ax in axes:
        if not ax.get_subplotspec().is_first_col():
            ax.set_ylabel("")


def draw_means(ax: Axes, places: np.ndarray, rows: pd.DataFrame, style: ArmStyle) -> None:
    """Means with their intervals, joined by a line.

    Args:
        ax: to draw on.
        places: along x.
        rows: with mean, ci_low, ci_high; an interval that is NaN is left out.
        style: of the arm.
    """
    known = rows["ci_low"].notna().to_numpy()
    if known.any():
        ax.vlines(places[known], rows["ci_low"][known], rows["ci_high"][known], color=style.colour, linewidth=1.4)
    draw_points(ax, places, rows["mean"], style, line=style.line)


def draw_points(
    ax: Axes, x: Sequence[float], y: Sequence[float], style: ArmStyle, line: Any = "", size: float = 5, alpha: float = 1
) -> None:
    """Points of an arm, whole even at the border of the panel.

    Args:
        ax: to draw on.
        x: places.
        y: places.
        style: of the arm.
        line: style of the line that joins them; empty for none.
        size: of the markers in points.
        alpha: opacity.
    """
    # Matplotlib puts an empty line that is not clipped into the corner of the figure, and the layout makes room for it.
    if np.isfinite(np.asarray(x, float) + np.asarray(y, float)).any():
        ax.plot(
            x, y, color=style.colour, marker=style.marker, linestyle=line, markersize=size, alpha=alpha,
            markeredgecolor="black", markeredgewidth=0.08 * size, clip_on=False, zorder=3,
        )  # fmt: skip
