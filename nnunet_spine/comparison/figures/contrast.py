"""How an arm stands a change of contrast: its means in every sequence, joined so that a fall is seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nnunet_spine.comparison.figures.axes import (
    arm_handles,
    dodge,
    draw_means,
    label_left_only,
    legend_below,
    metric_axis,
    panels,
)
from nnunet_spine.comparison.figures.material import FigureSpec, Material
from nnunet_spine.comparison.figures.style import styled
from nnunet_spine.comparison.figures.wording import patients_of, sequence_name, structure_name
from nnunet_spine.comparison.patients import ALL
from nnunet_spine.evaluation.records import AS_ACQUIRED

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

_WIDTH = 0.35
"""Over which the arms stand side by side; sequences are 1 apart."""


@styled
def draw(material: Material) -> Figure | None:
    """A panel for every structure; None where there is one sequence."""
    means = _means(material)
    sequences = list(means["sequence"].drop_duplicates())
    if len(sequences) < 2:
        return None
    arms = [arm for arm in material.collection.arms if arm in set(means["arm"])]
    figure, axes = panels(len(material.overall))
    for ax, structure in zip(axes, material.overall, strict=True):
        rows = means[means["structure"] == structure]
        for offset, arm in zip(dodge(len(arms), _WIDTH), arms, strict=True):
            of_arm = rows[rows["arm"] == arm]
            places = of_arm["sequence"].map(sequences.index).to_numpy(float) + offset
            draw_means(ax, places, of_arm, material.styles[arm])
        ax.set_title(structure_name(structure))
        ax.set_xticks(np.arange(len(sequences)), [sequence_name(name) for name in sequences])
        ax.set_xlim(-0.5, len(sequences) - 0.5)
        metric_axis(ax, material.measure, means[["mean", "ci_low", "ci_high"]].to_numpy().ravel(), "y")
        ax.grid(axis="x", visible=False)
    label_left_only(axes)
    legend_below(figure, arm_handles(material.styles, arms))
    return figure


def caption(material: Material) -> str:
    """How to read it."""
    means = _means(material)
    return (
        f"{material.measure.metric.name} of every arm in every sequence of the images as acquired: mean over patients, "
        "bars are its 95 % confidence interval (bootstrap over patients). The further a line is from level, the more "
        f"the arm hangs on the contrast. Patients: {patients_of(means, 'sequence')}."
    )


def _means(material: Material) -> pd.DataFrame:
    means = material.means()
    return means[(means["condition"] == AS_ACQUIRED) & (means["sequence"] != ALL)]


SPEC = FigureSpec("contrast", "From one contrast to another", draw, caption)
