"""How an arm stands a change of contrast: its means in every sequence, joined so that a fall is seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nnunet_spine.comparison.figures.material import FigureSpec, Material
from nnunet_spine.comparison.figures.slopes import draw_slopes
from nnunet_spine.comparison.figures.wording import patients_of, sequence_name, structure_name
from nnunet_spine.comparison.statistics.patients import ALL
from nnunet_spine.evaluation.records import AS_ACQUIRED
from nnunet_spine.figure_style import styled

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure


@styled
def draw(material: Material) -> Figure | None:
    """A panel for every structure; None where there is one sequence."""
    means = _means(material)
    sequences = list(means["sequence"].drop_duplicates())
    if len(sequences) < 2:
        return None
    groups = {structure_name(name): means[means["structure"] == name] for name in material.overall}
    return draw_slopes(material, groups, "sequence", {name: sequence_name(name) for name in sequences})


def caption(material: Material) -> str:
    """How to read it."""
    means = _means(material)
    return (
        f"{material.measure.metric.name} of every arm in every sequence of the images as acquired: mean over patients, "
        "bars are its 95 % confidence interval. The further a line is from level, the more the arm hangs on the "
        f"contrast. Patients: {patients_of(means, 'sequence')}."
    )


def _means(material: Material) -> pd.DataFrame:
    means = material.means()
    return means[(means["condition"] == AS_ACQUIRED) & (means["sequence"] != ALL)]


SPEC = FigureSpec("contrast", "From one contrast to another", draw, caption)
