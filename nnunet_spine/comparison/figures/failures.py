"""How every arm fails: images with each kind of failure, by sequence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nnunet_spine.comparison.figures.axes import arm_handles, dodge, draw_points, legend_below
from nnunet_spine.comparison.figures.material import FigureSpec, Material
from nnunet_spine.comparison.figures.setting import Setting, settings_of
from nnunet_spine.comparison.figures.wording import span
from nnunet_spine.comparison.statistics.failures import ANY
from nnunet_spine.figure_style import GRID, new_figure, styled

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_PER_ROW = 3
_ROW_IN, _GAP_IN, _AROUND_IN = 0.17, 0.14, 0.8


@styled
def draw(material: Material) -> Figure | None:
    """A panel for every setting; None where nothing failed."""
    counts = _counts(material)
    settings = settings_of(material.collection.cases)
    modes = list(counts.groupby("mode")["n_failed"].sum().sort_values(ascending=False, kind="stable").index)
    if not modes:
        return None
    arms = list(material.collection.arms)
    columns = min(_PER_ROW, len(settings))
    rows = -(-len(settings) // columns)
    height_in = len(modes) * (len(arms) * _ROW_IN + _GAP_IN) + _AROUND_IN
    figure = new_figure(rows * height_in + 0.4)
    axes = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True).ravel()
    for ax, setting in zip(axes, settings, strict=False):
        _draw_panel(ax, setting, setting.of(counts), modes, material)
        ax.set_xlim(0, 105 * counts["share"].max())
    for ax in axes[len(settings) :]:
        ax.set_axis_off()
    legend_below(figure, arm_handles(material.styles, arms, line=False))
    return figure


def caption(material: Material) -> str:
    """How to read it."""
    cases = material.collection.cases
    images = [f"{setting.name} {span(setting.of(cases).groupby('arm').size())}" for setting in settings_of(cases)]
    return (
        "Images in which a failure of the kind was found in at least one structure, in percent of the images that the "
        "arm predicted (with several runs each prediction counts). An image can fail in several ways; an arm without a "
        f"point has no such image there. Images an arm: {', '.join(images)}."
    )


def _counts(material: Material) -> pd.DataFrame:
    counts = material.failures
    counts = counts[counts["structure"] == ANY]
    settings = settings_of(material.collection.cases)
    shown = {index for setting in settings for index in setting.of(counts).index}
    return counts[counts.index.isin(shown)]


def _draw_panel(ax: Axes, setting: Setting, rows: pd.DataFrame, modes: list[str], material: Material) -> None:
    arms = material.collection.arms
    step = len(arms) + _GAP_IN / _ROW_IN
    centres = np.arange(len(modes)) * step
    for offset, arm in zip(dodge(len(arms), len(arms)), arms, strict=True):
        of_arm = rows[rows["arm"] == arm]
        places = of_arm["mode"].map(modes.index).to_numpy(float) * step + offset
        style = material.styles[arm]
        if len(of_arm):
            ax.hlines(places, 0, 100 * of_arm["share"], color=style.colour, linewidth=1.6)
        draw_points(ax, 100 * of_arm["share"], places, style)
    ax.set_yticks(centres, modes)
    ax.set_ylim(centres[-1] + step / 2, -step / 2)
    ax.hlines(centres[:-1] + step / 2, 0, 1, transform=ax.get_yaxis_transform(), color=GRID, linewidth=0.6)
    ax.grid(axis="y", visible=False)
    ax.set_title(setting.name)
    ax.set_xlabel("images with such a failure (%)")
    ax.tick_params(labelbottom=True)


SPEC = FigureSpec("failures", "How every arm fails", draw, caption)
