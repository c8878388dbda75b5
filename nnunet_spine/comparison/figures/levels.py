"""Numbered schemes: how well every level is segmented, and how often it gets its own number."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from nnunet_spine.comparison.figures.axes import (
    arm_handles,
    dodge,
    draw_means,
    drawn_values,
    legend_below,
    metric_axis,
)
from nnunet_spine.comparison.figures.material import FigureSpec, Material
from nnunet_spine.comparison.figures.wording import level_name, span
from nnunet_spine.comparison.statistics.bootstrap import means_with_interval
from nnunet_spine.comparison.statistics.patients import ALL
from nnunet_spine.evaluation.records import AS_ACQUIRED
from nnunet_spine.figure_style import new_figure, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_ROW_IN = 2.6
_WIDTH = 0.5
_KEYS = ["arm", "structure", "group", "structure_level"]


@styled
def draw(material: Material) -> Figure | None:
    """A column for each group of levels: the primary metric, and below it identification; None without levels."""
    scores, identified = _scores(material), _identified(material)
    if scores.empty:
        return None
    groups = list(scores["group"].drop_duplicates())
    arms = [arm for arm in material.collection.arms if arm in set(scores["arm"])]
    rows = 1 if identified.empty else 2
    figure = new_figure(rows * _ROW_IN + 0.4)
    axes = figure.subplots(rows, len(groups), squeeze=False, sharey="row", sharex="col")
    for column, group in enumerate(groups):
        names = scores[scores["group"] == group].sort_values("structure_level")["structure"].drop_duplicates().tolist()
        for row, means in enumerate((scores, identified)[:rows]):
            _draw_panel(axes[row, column], means[means["group"] == group], names, arms, material)
        axes[0, column].set_title(f"{group} levels")
        axes[-1, column].set_xlabel("level, from below")
    metric_axis(axes[0, 0], material.measure, drawn_values(scores), "y")
    if rows > 1:
        axes[1, 0].set_ylabel("own number (% of those there)")
        axes[1, 0].set_ylim(-3, 103)
    legend_below(figure, arm_handles(material.styles, arms))
    return figure


def caption(material: Material) -> str:
    """How to read it."""
    scores, identified = _scores(material), _identified(material)
    below = (
        ""
        if identified.empty
        else " Below: how many of the levels that the reference has whole, not cut off by the end of the image, are "
        "overlapped most by a predicted one of the same number; one that nothing overlaps is not identified."
    )
    return (
        f"{material.measure.metric.name} of every level, images of all sequences as acquired: mean over patients, bars "
        f"are its 95 % confidence interval.{below} Patients at a point: "
        f"{span(scores['n_patients'])}, since not every image shows every level."
    )


def _scores(material: Material) -> pd.DataFrame:
    """Means of single levels."""
    about = material.collection.scores.drop_duplicates("structure").set_index("structure")
    means = _whole(material.means())
    means = means.assign(
        group=means["structure"].map(about["group"]), structure_level=means["structure"].map(about["structure_level"])
    )
    return means[means["structure_level"].notna()]


def _identified(material: Material) -> pd.DataFrame:
    """Percentage of the complete instances that have their own number: mean over patients with its interval."""
    instances = material.collection.instances
    instances = instances[(instances["condition"] == AS_ACQUIRED) & instances["structure_level"].notna()]
    # An object column where there are none.
    instances = instances[instances["complete_reference"].astype(bool)]
    instances = instances.assign(value=100.0 * instances["identified"].astype(float))
    patients = instances.groupby([*_KEYS, "patient"])["value"].mean().reset_index()
    return means_with_interval(patients, _KEYS) if len(patients) else patients


def _whole(means: pd.DataFrame) -> pd.DataFrame:
    """Of images as acquired, all sequences together where there are several."""
    means = means[means["condition"] == AS_ACQUIRED]
    return means[means["sequence"] == ALL] if (means["sequence"] == ALL).any() else means


def _draw_panel(ax: Axes, means: pd.DataFrame, names: list[str], arms: list[str], material: Material) -> None:
    for offset, arm in zip(dodge(len(arms), _WIDTH), arms, strict=True):
        rows = means[means["arm"] == arm].sort_values("structure_level")
        draw_means(ax, rows["structure"].map(names.index).to_numpy(float) + offset, rows, material.styles[arm])
    ax.set_xticks(np.arange(len(names)), [level_name(name) for name in names])
    ax.set_xlim(-0.5, len(names) - 0.5)
    ax.grid(axis="x", visible=False)


SPEC = FigureSpec("levels", "Level by level", draw, caption)
