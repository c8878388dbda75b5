"""What real patients in the training are worth: a curve over their number."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from nnunet_spine.comparison.figures.arm_names import short_names
from nnunet_spine.comparison.figures.axes import (
    arm_handles,
    draw_means,
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
from nnunet_spine.evaluation.records import AS_ACQUIRED
from nnunet_spine.figure_style import FAINT, styled

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

_LEVELS = ("-", "--", ":", "-.")
"""Line styles of the arms that are drawn for comparison; more of them would hide the curves."""


@styled
def draw(material: Material) -> Figure | None:
    """A panel for every sequence; None where no series has several numbers of patients."""
    from matplotlib.lines import Line2D

    shots = _shots(material)
    if shots.empty:
        return None
    styles = _series_styles(material, shots)
    others = _others(material, list(shots["sequence"].unique()))
    lines = _lines(material, list(others["arm"].unique()))
    numbers = np.unique(shots["real_patients"])
    sequences = list(shots["sequence"].drop_duplicates())
    figure, axes = panels(len(sequences))
    for ax, sequence in zip(axes, sequences, strict=True):
        for series, style in styles.items():
            rows = shots[(shots["sequence"] == sequence) & (shots["series"] == series)]
            draw_means(ax, rows["real_patients"].to_numpy(float), rows, style)
        for other in others[others["sequence"] == sequence].to_dict("records"):
            ax.axhline(other["mean"], **lines[other["arm"]])
        ax.set_xscale("symlog", linthresh=1, base=2)
        ax.minorticks_off()
        ax.set_xticks(numbers, [f"{number:g}" for number in numbers])
        ax.set_xlabel("real patients in the training")
        ax.set_title(sequence_name(sequence))
        metric_axis(ax, material.measure, [*drawn_values(shots), *others["mean"]], "y")
    label_left_only(axes)
    legend_below(figure, [*arm_handles(styles, list(styles)), *(Line2D([], [], **line) for line in lines.values())])
    return figure


def caption(material: Material) -> str:
    """How to read it."""
    shots = _shots(material)
    return (
        f"{material.measure.metric.name} ({structure_name(whole_structure(material.collection))}) by number of real "
        "patients in the training, images as acquired: mean over the patients tested on "
        f"({span(shots['n_patients'])}), bars are its 95 % confidence interval. Grey lines: "
        f"the first {len(_LEVELS)} arms in which that number was no choice. The axis is by logarithm."
    )


def _shots(material: Material) -> pd.DataFrame:
    """Series with several numbers of patients, on single sequences."""
    shots = material.n_shot
    several = shots.groupby("series")["real_patients"].transform("nunique") > 1
    shots = shots[several & (shots["sequence"] != ALL)]
    return shots.assign(real_patients=shots["real_patients"].astype(float))


def _series_styles(material: Material, shots: pd.DataFrame) -> dict[str, ArmStyle]:
    """A series looks like its first arm."""
    first = shots.drop_duplicates("series").set_index("series")["arm"]
    names = short_names(list(first.index))
    return {series: replace(material.styles[arm], name=names[series]) for series, arm in first.items()}


def _others(material: Material, sequences: list[str]) -> pd.DataFrame:
    """Means of the first few arms without a number of patients."""
    runs, means = material.collection.runs, material.means()
    arms = runs.loc[runs["real_patients"].isna(), "arm"].drop_duplicates()[: len(_LEVELS)]
    wanted = (means["condition"] == AS_ACQUIRED) & (means["structure"] == whole_structure(material.collection))
    return means[wanted & means["arm"].isin(arms) & means["sequence"].isin(sequences)]


def _lines(material: Material, arms: list[str]) -> dict[str, dict[str, Any]]:
    """How the line of each arm is drawn, in all panels and in the legend."""
    return {
        arm: {"color": FAINT, "linestyle": line, "linewidth": 1.1, "label": material.styles[arm].name}
        for line, arm in zip(_LEVELS, arms, strict=False)
    }


SPEC = FigureSpec("few_shot", "What real patients are worth", draw, caption)
