"""Which properties of an image go together with a good or a bad score."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from nnunet_spine.comparison.figures.axes import (
    arm_handles,
    draw_points,
    label_left_only,
    legend_below,
    metric_axis,
    panels,
)
from nnunet_spine.comparison.figures.material import FigureSpec, Material
from nnunet_spine.comparison.figures.wording import property_name, sequence_name, span, structure_name
from nnunet_spine.comparison.statistics.correlation import patient_properties
from nnunet_spine.comparison.statistics.patients import ALL, whole_structure
from nnunet_spine.evaluation.records import AS_ACQUIRED
from nnunet_spine.figure_style import styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_PER_ROW = 3
"""Properties of a sequence that are drawn; the tables have all of them."""

_HEIGHT_IN = 2.7
_MOST_NUMBERS = 4
"""Arms whose correlations have room in a panel."""

_ALPHA = 0.05
_KEYS = ["arm", "condition", "level", "sequence", "patient"]


@styled
def draw(material: Material) -> Figure | None:
    """A row for every sequence with its strongest correlations; None where there is no correlation."""
    found = _correlations(material)
    shown = _strongest(found)
    if not shown:
        return None
    points = _points(material)
    arms = [arm for arm in material.collection.arms if arm in set(found["arm"])]
    sequences = list(dict.fromkeys(sequence for sequence, _ in shown))
    columns = len(shown) // len(sequences)
    figure, axes = panels(len(shown), columns, _HEIGHT_IN)
    for ax, (sequence, name) in zip(axes, shown, strict=True):
        rows = points[(points["sequence"] == sequence) & (points["property"] == name)]
        for arm in arms:
            of_arm = rows[rows["arm"] == arm]
            draw_points(ax, of_arm["amount"], of_arm["value"], material.styles[arm], size=4, alpha=0.75)
        of_panel = found[(found["sequence"] == sequence) & (found["property"] == name)]
        numbers = f"\n{_numbers(of_panel, arms)}" if len(arms) <= _MOST_NUMBERS else ""
        ax.set_xlabel(property_name(name) + numbers)
        ax.set_title(sequence_name(sequence))
        metric_axis(ax, material.measure, points["value"], "y")
    label_left_only(axes)
    legend_below(figure, arm_handles(material.styles, arms, line=False))
    return figure


def caption(material: Material) -> str:
    """How to read it."""
    found = _correlations(material)
    tests = material.correlations["family_size"].max()
    return (
        f"One point a patient and arm: {material.measure.metric.name} "
        f"({structure_name(whole_structure(material.collection))}, images as acquired) by a property of the image, the "
        "ones of each sequence that correlate most in an arm. \u03c1 is Spearman's rank correlation of each arm in the "
        f"order of the legend, over {span(found['n'])} patients; * p < {_ALPHA:g} after Holm's correction over all "
        f"{tests} correlations of this comparison. A correlation is no cause."
    )


def _correlations(material: Material) -> pd.DataFrame:
    """Those of the primary metric with something that varies, on single sequences."""
    found = material.correlations
    found = found[(found["outcome"] == material.primary) & (found["condition"] == AS_ACQUIRED)]
    return found[(found["sequence"] != ALL) & found["rho"].notna()]


def _strongest(found: pd.DataFrame) -> list[tuple[str, str]]:
    """(sequence, property) of every panel."""
    strength = found.assign(rho=found["rho"].abs()).groupby(["sequence", "property"])["rho"].max()
    sequences = found["sequence"].drop_duplicates()
    number = min([_PER_ROW, *(len(strength[sequence]) for sequence in sequences)])
    return [
        (sequence, name)
        for sequence in sequences
        for name in strength[sequence].sort_values(ascending=False, kind="stable").index[:number]
    ]


def _points(material: Material) -> pd.DataFrame:
    """arm, sequence, patient, property, amount, value."""
    values = material.patients(material.primary)
    wanted = (values["structure"] == whole_structure(material.collection)) & (values["condition"] == AS_ACQUIRED)
    return values[wanted].merge(patient_properties(material.collection), on=_KEYS)


def _numbers(found: pd.DataFrame, arms: Sequence[str]) -> str:
    """The correlations of the arms in their order; a dash where there is none."""
    rows = found.set_index("arm")
    shown = (
        f"{round(rows.at[arm, 'rho'], 2) + 0.0:.2f}{'*' if rows.at[arm, 'p_holm'] < _ALPHA else ''}"
        if arm in rows.index
        else "\u2013"
        for arm in arms
    )
    return "\u03c1 = " + ", ".join(shown).replace("-", "\u2212")


SPEC = FigureSpec("properties", "Scores and properties of the images", draw, caption)
