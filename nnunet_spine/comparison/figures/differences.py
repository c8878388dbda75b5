"""Every arm beside the baseline: what it gains or loses on the same patients."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from nnunet_spine.comparison.figures.axes import arm_handles, dodge, legend_below
from nnunet_spine.comparison.figures.material import FigureSpec, Material
from nnunet_spine.comparison.figures.setting import Setting, settings_of
from nnunet_spine.comparison.figures.style import ArmStyle
from nnunet_spine.comparison.figures.wording import span, structure_name
from nnunet_spine.figure_style import GRID, INK, new_figure, styled

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_PER_ROW = 3
_ROW_IN, _GAP_IN, _AROUND_IN = 0.2, 0.14, 0.85
_ALPHA = 0.05
_LETTERS = 16
"""Of the baseline's name, for which there is room below a panel."""


@styled
def draw(material: Material) -> Figure | None:
    """A panel for every structure; None where there is one arm, or no patient whom two arms share."""
    differences = _differences(material)
    settings = settings_of(differences)
    if not settings:
        return None
    arms = [arm for arm in material.collection.arms if arm in set(differences["first"])]
    structures = [name for name in material.overall if name in set(differences["structure"])]
    columns = min(_PER_ROW, len(structures))
    rows = -(-len(structures) // columns)
    step = len(arms) + _GAP_IN / _ROW_IN
    figure = new_figure(rows * (len(settings) * step * _ROW_IN + _AROUND_IN) + 0.4)
    axes = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True).ravel()
    for ax, structure in zip(axes, structures, strict=False):
        of_structure = differences[differences["structure"] == structure]
        _draw_panel(ax, of_structure, settings, arms, material)
        ax.set_title(structure_name(structure))
    for ax in axes[len(structures) :]:
        ax.set_axis_off()
    axes[0].set_ylim((len(settings) - 0.5) * step, -0.5 * step)
    axes[0].set_yticks(np.arange(len(settings)) * step, [setting.name for setting in settings])
    legend_below(figure, arm_handles(material.styles, arms, line=False))
    return figure


def caption(material: Material) -> str:
    """How to read it."""
    differences = _differences(material)
    better = "right" if material.measure.sign > 0 else "left"
    return (
        f"Difference in {material.measure.metric.name} to the baseline {material.styles[material.reference_arm].name} "
        "on the same patients: mean over patients, bars are its 95 % confidence interval; "
        f"{better} of the line the arm is better. Filled: p < {_ALPHA:g} (Wilcoxon's signed-rank test, Holm's "
        f"correction over {differences['family_size'].max()} tests); hollow: not shown to differ. "
        f"Patients: {span(differences['n_pairs'])}."
    )


def _differences(material: Material) -> pd.DataFrame:
    found = material.differences
    return found[(found["n_pairs"] > 0) & found["structure"].isin(material.overall)]


def _draw_panel(ax: Axes, rows: pd.DataFrame, settings: list[Setting], arms: list[str], material: Material) -> None:
    step = len(arms) + _GAP_IN / _ROW_IN
    ax.axvline(0, color=INK, linewidth=0.8)
    for centre, setting in zip(np.arange(len(settings)) * step, settings, strict=True):
        of_setting = setting.of(rows).set_index("first")
        for offset, arm in zip(dodge(len(arms), len(arms)), arms, strict=True):
            if arm in of_setting.index:
                _draw_difference(ax, of_setting.loc[arm], centre + offset, material.styles[arm])
    ax.hlines(
        (np.arange(len(settings) - 1) + 0.5) * step, 0, 1, transform=ax.get_yaxis_transform(), color=GRID, linewidth=0.6
    )
    ax.grid(axis="y", visible=False)
    ax.tick_params(labelbottom=True)
    name = material.styles[material.reference_arm].name
    baseline = name if len(name) <= _LETTERS else "the baseline"
    unit = f" ({material.measure.metric.unit})" if material.measure.metric.unit else ""
    ax.set_xlabel(f"{material.measure.metric.name}{unit}, difference to {baseline}")


def _draw_difference(ax: Axes, row: pd.Series, place: float, style: ArmStyle) -> None:
    sure = row["p_holm"] < _ALPHA
    if not math.isnan(row["ci_low"]):
        ax.hlines(place, row["ci_low"], row["ci_high"], color=style.colour, linewidth=1.4)
    ax.plot(
        row["difference"], place, marker=style.marker, color=style.colour, zorder=3,
        markerfacecolor=style.colour if sure else "white", markeredgecolor="black" if sure else style.colour,
        markeredgewidth=0.4 if sure else 1.2,
    )  # fmt: skip


SPEC = FigureSpec("differences", "Every arm beside the baseline", draw, caption)
