"""What becomes of every arm as the test images get worse."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nnunet_spine.comparison.figures.axes import (
    arm_handles,
    draw_points,
    drawn_values,
    label_left_only,
    legend_below,
    metric_axis,
    panels,
)
from nnunet_spine.comparison.figures.material import FigureSpec, Material
from nnunet_spine.comparison.figures.style import ArmStyle
from nnunet_spine.comparison.figures.wording import sequence_name, span, structure_name
from nnunet_spine.comparison.statistics.patients import ALL, whole_structure
from nnunet_spine.conditions import SCALES
from nnunet_spine.figure_style import FAINT, styled

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_PER_ROW = 3


@styled
def draw(material: Material) -> Figure | None:
    """A panel for every condition and sequence; None where nothing was made worse."""
    curves = _curves(material)
    if curves.empty:
        return None
    cells = list(curves[["condition", "sequence"]].drop_duplicates().itertuples(index=False, name=None))
    arms = [arm for arm in material.collection.arms if arm in set(curves["arm"])]
    of_condition = max(sum(condition == first for first, _ in cells) for condition, _ in cells)
    figure, axes = panels(len(cells), of_condition if of_condition <= _PER_ROW else _PER_ROW)
    for ax, (condition, sequence) in zip(axes, cells, strict=True):
        rows = curves[(curves["condition"] == condition) & (curves["sequence"] == sequence)]
        for arm in arms:
            _draw_curve(ax, rows[rows["arm"] == arm], material.styles[arm])
        levels = np.unique(rows["level"])
        ax.set_xticks(levels, [f"{level:g}" for level in levels])
        ax.set_xlabel(_level_label(condition))
        ax.set_title(f"{condition}: {sequence_name(sequence)}")
        metric_axis(ax, material.measure, drawn_values(curves), "y")
    label_left_only(axes)
    legend_below(figure, arm_handles(material.styles, arms))
    return figure


def caption(material: Material) -> str:
    """How to read it."""
    curves = _curves(material)
    return (
        f"{material.measure.metric.name} ({structure_name(whole_structure(material.collection))}) on real images made "
        "worse: mean over patients, the band is its 95 % confidence interval. The vertical "
        "line marks the level at which nothing is changed; where that was not evaluated, the images as acquired stand "
        f"there. Patients at a point: {span(curves['n_patients'])}."
    )


def _curves(material: Material) -> pd.DataFrame:
    """Of single sequences, where the level is known."""
    curves = material.robustness
    return curves[(curves["sequence"] != ALL) & curves["level"].notna()]


def _draw_curve(ax: Axes, rows: pd.DataFrame, style: ArmStyle) -> None:
    rows = rows.sort_values("level")
    ax.fill_between(rows["level"], rows["ci_low"], rows["ci_high"], color=style.colour, alpha=0.15, linewidth=0)
    draw_points(ax, rows["level"], rows["mean"], style, line=style.line)
    for level in rows.loc[rows["is_start"], "level"].unique():
        ax.axvline(level, color=FAINT, linewidth=0.8, zorder=1)


def _level_label(condition: str) -> str:
    unit = SCALES[condition].unit if condition in SCALES else ""
    return f"{condition} ({unit})" if unit else condition


SPEC = FigureSpec("robustness", "Images made worse", draw, caption)
