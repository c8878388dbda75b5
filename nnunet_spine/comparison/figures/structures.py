"""What every arm reaches on every structure: a box and a point for each patient."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nnunet_spine.comparison.figures.axes import arm_handles, dodge, draw_points, legend_below, metric_axis
from nnunet_spine.comparison.figures.material import FigureSpec, Material
from nnunet_spine.comparison.figures.setting import settings_of
from nnunet_spine.comparison.figures.style import ArmStyle
from nnunet_spine.comparison.figures.wording import span, structure_name
from nnunet_spine.comparison.statistics.measures import measure_of
from nnunet_spine.figure_style import GRID, INK, new_figure, styled

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_ROW_IN, _NARROW_IN, _FEW_ARMS = 0.21, 0.16, 4
"""Height of a box, and of one among more arms than few."""

_GAP_IN, _AROUND_IN = 0.14, 0.75
"""Heights of the gap between structures, and of title and axis of a panel."""

_SPREAD = 0.55
"""Share of a box's height over which points are spread."""

_MANY = 12
"""Patients from whom on points are drawn smaller."""

_FEWEST = 4
"""Patients of whom a box says more than their points."""


@styled
def draw(material: Material) -> Figure | None:
    """A row of panels for every setting: the primary metric and the distance."""
    measures = list(dict.fromkeys((material.primary, material.distance)))
    frames = {column: _shown(material, column) for column in measures}
    settings = settings_of(frames[measures[0]])
    if not settings:
        return None
    arms = [arm for arm in material.collection.arms if any(arm in set(frame["arm"]) for frame in frames.values())]
    structures = material.overall
    row_in = _ROW_IN if len(arms) <= _FEW_ARMS else _NARROW_IN
    height_in = len(structures) * (len(arms) * row_in + _GAP_IN) + _AROUND_IN
    figure = new_figure(len(settings) * height_in + 0.4)
    axes = figure.subplots(len(settings), len(measures), squeeze=False, sharey=True, sharex="col")
    for row, setting in zip(axes, settings, strict=True):
        for ax, column in zip(row, measures, strict=True):
            _draw_panel(ax, setting.of(frames[column]), structures, {arm: material.styles[arm] for arm in arms})
            ax.set_title(setting.name)
            metric_axis(ax, measure_of(column), frames[column]["value"], "x")
            ax.tick_params(labelbottom=True)
    legend_below(figure, arm_handles(material.styles, arms, line=False))
    return figure


def caption(material: Material) -> str:
    """How to read it."""
    frame = _shown(material, material.primary)
    counts = [
        f"{setting.name} {span(setting.of(frame).groupby(['arm', 'structure'])['patient'].nunique())}"
        for setting in settings_of(frame)
    ]
    penalty = " Missed structures count with the image's diagonal." if measure_of(material.distance).penalised else ""
    return (
        "Arms from above in the order of the legend. One point a patient (the mean of the patient's images and of an "
        "arm's runs); the box spans the middle half of "
        "the patients, its line is the median, the whiskers reach the farthest patient within 1.5 boxes. Patients "
        f"(fewer where some lack a structure): {', '.join(counts)}. {_better(material)}{penalty}"
    )


def _better(material: Material) -> str:
    words = []
    for column in dict.fromkeys((material.primary, material.distance)):
        measure = measure_of(column)
        words.append(f"{measure.metric.name}: {'more' if measure.sign > 0 else 'less'} is better")
    return "; ".join(words) + "."


def _shown(material: Material, column: str) -> pd.DataFrame:
    values = material.patients(column)
    return values[values["structure"].isin(material.overall)]


def _draw_panel(ax: Axes, rows: pd.DataFrame, structures: tuple[str, ...], styles: dict[str, ArmStyle]) -> None:
    """Structures from above, the arms of each side by side; a box is 1 high."""
    step = len(styles) + _GAP_IN / _ROW_IN
    offsets = dodge(len(styles), len(styles))
    centres = np.arange(len(structures)) * step
    cells = dict(tuple(rows.groupby(["structure", "arm"])["value"]))
    for structure, centre in zip(structures, centres, strict=True):
        for offset, (arm, style) in zip(offsets, styles.items(), strict=True):
            if (structure, arm) in cells:
                _draw_box(ax, cells[structure, arm].to_numpy(), centre + offset, style)
    ax.set_yticks(centres, [structure_name(name) for name in structures])
    ax.set_ylim(centres[-1] + step / 2, -step / 2)
    ax.hlines(centres[:-1] + step / 2, 0, 1, transform=ax.get_yaxis_transform(), color=GRID, linewidth=0.6)
    ax.grid(axis="y", visible=False)


def _draw_box(ax: Axes, values: np.ndarray, place: float, style: ArmStyle) -> None:
    if len(values) >= _FEWEST:
        drawn = ax.boxplot(
            [values], positions=[place], widths=0.85, orientation="horizontal", showfliers=False, patch_artist=True,
            manage_ticks=False,
        )  # fmt: skip
        drawn["boxes"][0].set(facecolor=style.colour, alpha=0.35, linewidth=0.8)
        drawn["medians"][0].set(color=INK, linewidth=1.8, zorder=4)
        for line in (*drawn["whiskers"], *drawn["caps"]):
            line.set(color=INK, linewidth=0.7)
    spread = place + _SPREAD * (_golden(len(values)) - 0.5)
    draw_points(ax, np.sort(values), spread, style, size=3.2 if len(values) > _MANY else 4.5, alpha=0.7)


def _golden(count: int) -> np.ndarray:
    """Evenly scattered numbers in [0, 1), always the same ones, neighbours far from each other."""
    return (0.5 + np.arange(count) * 0.6180339887) % 1


SPEC = FigureSpec("structures", "Every structure, every patient", draw, caption)
