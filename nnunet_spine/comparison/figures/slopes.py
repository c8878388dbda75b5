"""Panels in which the means of every arm are joined from one set of test images to the next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from nnunet_spine.comparison.figures.axes import (
    arm_handles,
    dodge,
    draw_means,
    drawn_values,
    label_left_only,
    legend_below,
    metric_axis,
    panels,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from nnunet_spine.comparison.figures.material import Material

_WIDTH = 0.3
"""Over which the arms stand side by side; sets of images are 1 apart."""


def draw_slopes(material: Material, groups: Mapping[str, pd.DataFrame], along: str, names: Mapping[str, str]) -> Figure:
    """A panel for every group.

    Args:
        material: of the arms.
        groups: title of the panel -> means of the primary metric, at most one an arm and set of images.
        along: column that tells the sets of images apart.
        names: value of that column -> what it is called below the axis; from left to right.
    """
    shown = {arm for rows in groups.values() for arm in rows["arm"]}
    arms = [arm for arm in material.collection.arms if arm in shown]
    every = np.concatenate([drawn_values(rows) for rows in groups.values()])
    places = np.arange(len(names))
    figure, axes = panels(len(groups))
    for ax, (title, rows) in zip(axes, groups.items(), strict=True):
        for offset, arm in zip(dodge(len(arms), _WIDTH), arms, strict=True):
            of_arm = rows[rows["arm"] == arm].set_index(along).reindex(list(names))
            draw_means(ax, places + offset, of_arm, material.styles[arm])
        ax.set_title(title)
        ax.set_xticks(places, list(names.values()))
        ax.set_xlim(-0.5, len(names) - 0.5)
        metric_axis(ax, material.measure, every, "y")
        ax.grid(axis="x", visible=False)
    label_left_only(axes)
    legend_below(figure, arm_handles(material.styles, arms))
    return figure
