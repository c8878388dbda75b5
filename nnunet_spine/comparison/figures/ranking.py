"""The order of arms, and how often it would be another one with other patients."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from nnunet_spine.comparison.figures.arm_names import wrapped
from nnunet_spine.comparison.figures.material import FigureSpec, Material
from nnunet_spine.comparison.figures.wording import structure_name
from nnunet_spine.comparison.statistics.patients import whole_structure
from nnunet_spine.comparison.statistics.ranking import RESAMPLES, Stability
from nnunet_spine.figure_style import INK, new_figure, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_PER_ROW = 3
_CELL_IN, _LINE_IN, _AROUND_IN = 0.32, 0.13, 1.0
_LETTERS = 18
"""Of a name in a line; the panels of arms with longer ones are wider."""

_WHITE_FROM_PERCENT = 55


@styled
def draw(material: Material) -> Figure | None:
    """A panel for every setting; None for a single arm, or where no patient has all arms."""
    shown = material.stability
    if len(material.collection.arms) < 2 or not shown:
        return None
    names = {arm: wrapped(style.name, _LETTERS) for arm, style in material.styles.items()}
    lines = 1 + max(name.count("\n") for name in names.values())
    columns = _PER_ROW if lines == 1 else _PER_ROW - 1
    rows = -(-len(shown) // columns)
    figure = new_figure(rows * (len(names) * (_CELL_IN + (lines - 1) * _LINE_IN) + _AROUND_IN))
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for ax, (title, found) in zip(axes, shown.items(), strict=False):
        _draw_panel(ax, found, names)
        ax.set_title(title)
    for ax in axes[len(shown) :]:
        ax.set_axis_off()
    return figure


def caption(material: Material) -> str:
    """How to read it."""
    patients = ", ".join(f"{title} {found.n_patients}" for title, found in material.stability.items())
    return (
        f"Patients are drawn again with replacement, {RESAMPLES} times: in what percentage of the draws an arm has "
        f"which place by {material.measure.metric.name} ({structure_name(whole_structure(material.collection))}; arms "
        "are ranked on every patient, ranks are averaged). Arms are sorted by their place; a dark cell in every row is "
        f"an order that does not hang on who was tested. Patients: {patients}."
    )


def _draw_panel(ax: Axes, found: Stability, names: Mapping[str, str]) -> None:
    shares = found.shares
    order = (shares * shares.columns).sum(axis=1).sort_values(kind="stable").index
    percent = 100 * shares.loc[order].to_numpy()
    ax.pcolormesh(percent, cmap="Blues", vmin=0, vmax=100, edgecolors="white", linewidth=0.5)
    for (row, column), value in np.ndenumerate(percent):
        if value >= 0.5:
            colour = "white" if value > _WHITE_FROM_PERCENT else INK
            ax.text(column + 0.5, row + 0.5, f"{value:.0f}", ha="center", va="center", fontsize=8, color=colour)
    ax.set_xticks(np.arange(len(order)) + 0.5, [str(place) for place in shares.columns])
    ax.set_yticks(np.arange(len(order)) + 0.5, [names[arm] for arm in order])
    ax.invert_yaxis()
    ax.set_xlabel("place (% of the draws)")
    ax.grid(visible=False)
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)


SPEC = FigureSpec("ranking", "How sure the order is", draw, caption)
