"""What an arm reaches on synthetic images beside what it reaches on real ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nnunet_spine.comparison.figures.material import FigureSpec, Material
from nnunet_spine.comparison.figures.slopes import draw_slopes
from nnunet_spine.comparison.figures.wording import patients_of, sequence_name, structure_name
from nnunet_spine.comparison.statistics.patients import whole_sequence, whole_structure
from nnunet_spine.evaluation.records import AS_ACQUIRED
from nnunet_spine.figure_style import styled

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

SYNTHETIC = "synthetic"
"""The condition of images that were synthesised from label maps."""

_SIDES = {SYNTHETIC: "synthetic", AS_ACQUIRED: "real"}


@styled
def draw(material: Material) -> Figure | None:
    """A panel for every sequence that both have; None where no arm was evaluated on both."""
    means = _means(material)
    if means.empty:
        return None
    sequences = means["sequence"].drop_duplicates()
    groups = {sequence_name(name): means[means["sequence"] == name] for name in sequences}
    return draw_slopes(material, groups, "condition", _SIDES)


def caption(material: Material) -> str:
    """How to read it."""
    means = _means(material)
    return (
        f"{material.measure.metric.name} ({structure_name(whole_structure(material.collection))}) on synthetic images "
        "and on real ones as acquired: mean over patients, bars are its 95 % confidence interval. The steeper a line, "
        "the less the synthetic images tell of the real ones. Patients: "
        f"{patients_of(means, 'condition')}."
    )


def _means(material: Material) -> pd.DataFrame:
    """Of arms and sequences that have both; of all sequences together where no sequence has."""
    means = material.means()
    means = means[means["condition"].isin(_SIDES) & (means["structure"] == whole_structure(material.collection))]
    both = means.groupby(["arm", "sequence"])["condition"].transform("nunique") == len(_SIDES)
    whole = means["sequence"] == whole_sequence(material.collection)
    return means[both & ~whole] if (both & ~whole).any() else means[both & whole]


SPEC = FigureSpec("reality_gap", "Synthetic and real images", draw, caption)
