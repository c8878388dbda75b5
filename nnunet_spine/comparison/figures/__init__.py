"""The figures of a comparison: one a file, all drawn from the same `Material`.

A report asks every figure in turn: `spec.draw(material)` is None where the rows have nothing to show, else
`svg(figure, spec.key, spec.title)` is the element to embed and `spec.caption(material)` says how to read it.
"""

from nnunet_spine.comparison.figures import (
    confusion,
    contrast,
    differences,
    failures,
    few_shot,
    levels,
    properties,
    ranking,
    reality_gap,
    robustness,
    structures,
    training,
)
from nnunet_spine.comparison.figures.arm_names import short_names
from nnunet_spine.comparison.figures.material import FigureSpec, Material
from nnunet_spine.comparison.figures.style import arm_styles
from nnunet_spine.figure_style import svg

FIGURES: tuple[FigureSpec, ...] = (
    structures.SPEC,
    differences.SPEC,
    ranking.SPEC,
    contrast.SPEC,
    reality_gap.SPEC,
    robustness.SPEC,
    few_shot.SPEC,
    levels.SPEC,
    confusion.SPEC,
    failures.SPEC,
    properties.SPEC,
    training.SPEC,
)
"""Every figure, in the order of the report."""

__all__ = ["FIGURES", "FigureSpec", "Material", "arm_styles", "short_names", "svg"]
