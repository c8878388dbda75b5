"""The figure that says where the shift sits: separation of domains over the layers, a line for each structure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from nnunet_spine.features.layers import short_names
from nnunet_spine.figure_style import COLOURS, FAINT, INK, MARKERS, WIDTH_IN, new_figure, styled
from nnunet_spine.palette import Palette

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_PANEL_IN = 1.75
_HEAD_IN = 1.5
_OFFSET = 0.06
"""Between the points of structures at one layer, which lie on each other where all are told apart."""


@dataclass(frozen=True)
class _Measure:
    """A column of the table, and how it is drawn.

    Attributes:
        column: its name.
        label: of the axis.
        limit: column of what chance gives.
        neutral: value of domains that are the same.
        least: what the axis shows in any case, so that figures of several models can be laid side by side.
    """

    column: str
    label: str
    limit: str | None
    neutral: float
    least: tuple[float, float]


_MEASURES = (
    _Measure("probe_accuracy", "linear probe,\nbalanced accuracy", "probe_chance_limit", 0.5, (0.45, 1.04)),
    _Measure("silhouette", "silhouette", None, 0.0, (-0.1, 0.7)),
    _Measure("shift_sd", "distance of means\nin SD", "shift_chance_limit", 0.0, (-0.1, 4.1)),
)


@styled
def separation_figure(table: pd.DataFrame, palette: Palette, title: str) -> Figure:
    """Draw it: a column for each pair of domains, a row for each measure.

    Args:
        table: of `separation`.
        palette: of the structures.
        title: of the figure.
    """
    pairs = list(table.groupby(["domain_a", "domain_b"], sort=False))
    figure = new_figure(_HEAD_IN + _PANEL_IN * len(_MEASURES), max(WIDTH_IN * 0.75, 3.1 * len(pairs)))
    axes = figure.subplots(len(_MEASURES), len(pairs), sharex=True, sharey="row", squeeze=False)
    colours = {name: palette.colours[value] for value, name in palette.names.items()}
    for (names, rows), column in zip(pairs, axes.T, strict=True):
        column[0].set_title(f"{names[0]} and {names[1]}\n{_numbers(rows)}")
        for ax, measure in zip(column, _MEASURES, strict=True):
            _draw(ax, rows, measure, colours)
        _name_layers(column[-1], list(dict.fromkeys(rows["layer"])))
    for ax, measure in zip(axes[:, 0], _MEASURES, strict=True):
        ax.set_ylabel(measure.label)
        low, high = ax.get_ylim()
        ax.set_ylim(min(low, measure.least[0]), max(high, measure.least[1]))
    figure.suptitle(title, fontsize=9.5)
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=min(6, len(labels)))
    return figure


def _draw(ax: Axes, rows: pd.DataFrame, measure: _Measure, colours: dict[str, str]) -> None:
    structures = list(rows.groupby("structure", sort=False))
    for k, (name, one) in enumerate(structures):
        colour, shift = colours.get(name, COLOURS[k % len(COLOURS)]), (k - (len(structures) - 1) / 2) * _OFFSET
        marker = MARKERS[k % len(MARKERS)]
        ax.plot(one["place"] + shift, one[measure.column], label=name, color=colour, marker=marker)
    if measure.limit in rows:
        limit = rows.groupby("place")[measure.limit].max()
        label = "what chance gives (95 %)"
        ax.fill_between(limit.index, measure.neutral, limit, color=FAINT, alpha=0.18, linewidth=0, label=label)
    ax.axhline(measure.neutral, color=INK, linewidth=0.8)


def _name_layers(ax: Axes, names: list[str]) -> None:
    ax.set_xticks(np.arange(len(names)), short_names(names), rotation=90)


def _numbers(rows: pd.DataFrame) -> str:
    """How many patients there are, as a range where structures differ in it."""
    least, most = (rows[["patients_a", "patients_b", "patients_both"]].agg(how).tolist() for how in ("min", "max"))
    a, b, both = (f"{n}" if n == m else f"{n}-{m}" for n, m in zip(least, most, strict=True))
    text = f"{a} and {b} patients, {both} in both"
    return text + ("\nuncertain: few patients" if (rows["note"] != "").any() else "")
