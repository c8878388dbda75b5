"""Where the voxels of every structure went: right, to another structure or level, or to the background."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nnunet_spine.comparison.figures.arm_names import wrapped
from nnunet_spine.comparison.figures.material import FigureSpec, Material
from nnunet_spine.comparison.figures.wording import span, structure_name
from nnunet_spine.comparison.statistics import confusion, row_shares
from nnunet_spine.evaluation.records import AS_ACQUIRED
from nnunet_spine.figure_style import INK, new_figure, styled

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_PER_ROW = 2
_WORDS_IN, _WIDE_IN, _NARROW_IN = 1.6, 0.32, 0.24
"""Heights of title and names of the columns, and of a row."""

_SHOWN_PERCENT = 0.5
_WHITE_FROM_PERCENT = 55
_FEW_CLASSES = 8
_LETTERS = 36
"""Of an arm's name in a line."""


@styled
def draw(material: Material) -> Figure | None:
    """A matrix for every arm; None where no case has one."""
    cases = _cases(material)
    if cases.empty:
        return None
    arms = [arm for arm in material.collection.arms if arm in set(cases["arm"])]
    rows = -(-len(arms) // _PER_ROW)
    classes = cases["confusion_labels"].map(len).max()
    figure = new_figure(rows * (_WORDS_IN + classes * (_WIDE_IN if classes <= _FEW_CLASSES else _NARROW_IN)))
    axes = figure.subplots(rows, _PER_ROW, squeeze=False).ravel()
    for ax, arm in zip(axes, arms, strict=False):
        of_arm = cases[cases["arm"] == arm]
        _draw_matrix(ax, 100 * row_shares(confusion(of_arm)))
        ax.set_title(wrapped(material.styles[arm].name, _LETTERS))
    for ax in axes[len(arms) :]:
        ax.set_visible(False)
    return figure


def caption(material: Material) -> str:
    """How to read it."""
    cases = _cases(material)
    return (
        "Each row is a structure of the reference, each column what the arm called its voxels, in percent of the row: "
        "the diagonal is right (recall), the column background was missed, the rest was taken for another structure "
        f"or level. Voxels of all predictions on images as acquired together ({span(cases.groupby('arm').size())} an "
        f"arm); entries below {_SHOWN_PERCENT:g} % are left empty."
    )


def _cases(material: Material) -> pd.DataFrame:
    """Those as acquired that have a matrix; all if none is as acquired."""
    cases = material.collection.cases
    cases = cases[cases["confusion"].map(len) > 1]
    acquired = cases["condition"] == AS_ACQUIRED
    return cases[acquired] if acquired.any() else cases


def _draw_matrix(ax: Axes, shares: pd.DataFrame) -> None:
    """Without the row of the background, next to which all else is small."""
    percent = shares.to_numpy()[1:]
    ax.pcolormesh(percent, cmap="Blues", vmin=0, vmax=100, edgecolors="white", linewidth=0.5)
    ax.invert_yaxis()
    names = [structure_name(name) for name in shares.columns]
    size = 8.5 if len(names) <= _FEW_CLASSES else 6.5
    for (row, column), value in np.ndenumerate(percent):
        if value >= _SHOWN_PERCENT:
            colour = "white" if value > _WHITE_FROM_PERCENT else INK
            ax.text(column + 0.5, row + 0.5, f"{value:.0f}", ha="center", va="center", fontsize=size, color=colour)
    turn = 0 if len(names) <= _FEW_CLASSES else 90
    ax.set_xticks(np.arange(len(names)) + 0.5, names, rotation=turn, fontsize=size + 0.5)
    ax.set_yticks(np.arange(len(names) - 1) + 0.5, names[1:], fontsize=size + 0.5)
    ax.set_xlabel("prediction (% of the row's voxels)")
    ax.set_ylabel("reference")
    ax.grid(visible=False)
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)


SPEC = FigureSpec("confusion", "Confusion between structures and levels", draw, caption)
