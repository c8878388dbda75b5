"""How every training went: losses and nnU-Net's own estimate of Dice, epoch by epoch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nnunet_spine.comparison.figures.axes import arm_handles, legend_below
from nnunet_spine.comparison.figures.material import FigureSpec, Material
from nnunet_spine.comparison.figures.style import ArmStyle
from nnunet_spine.figure_style import new_figure, styled

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_HEIGHT_IN = 3.2
_MARKERS = 8
"""On a curve, so that it reads in grey and does not become a row of beads."""

_PANELS = {"train_loss": "loss, training", "val_loss": "loss, validation", "pseudo_dice": "pseudo Dice, validation"}


@styled
def draw(material: Material) -> Figure | None:
    """Three panels; None where no log was found."""
    curves = material.curves
    shown = [name for name in _PANELS if curves[name].notna().any()]
    if not shown:
        return None
    arms = [arm for arm in material.collection.arms if arm in set(curves["arm"])]
    figure = new_figure(_HEIGHT_IN)
    axes = figure.subplots(1, len(shown), squeeze=False)[0]
    for ax, name in zip(axes, shown, strict=True):
        for (arm, _, _), curve in curves.groupby(["arm", "model", "fold"], sort=False):
            _draw_curve(ax, curve.sort_values("epoch"), name, material.styles[arm])
        ax.set_title(_PANELS[name])
        ax.set_xlabel("epoch")
        ax.xaxis.get_major_locator().set_params(integer=True)
    legend_below(figure, arm_handles(material.styles, arms))
    return figure


def caption(material: Material) -> str:
    """How to read it."""
    curves = material.curves
    models = curves.drop_duplicates(["arm", "model", "fold"]).groupby("arm", sort=False).size()
    counts = ", ".join(f"{material.styles[arm].name} {count}" for arm, count in models.items())
    return (
        "From nnU-Net's logs, a line a training (trainings an arm, such as folds: "
        f"{counts}). Pseudo Dice is nnU-Net's estimate on random patches of the validation cases, mean over classes; "
        "losses of arms compare only where the arms have the same loss."
    )


def _draw_curve(ax: Axes, curve: pd.DataFrame, name: str, style: ArmStyle) -> None:
    ax.plot(
        curve["epoch"], curve[name], color=style.colour, linestyle=style.line, linewidth=1.2, alpha=0.85,
        marker=style.marker, markersize=4, markevery=max(1, len(curve) // _MARKERS), markeredgewidth=0.3,
        markeredgecolor="black",
    )  # fmt: skip


SPEC = FigureSpec("training", "How the trainings went", draw, caption)
