"""What all figures are drawn from: the rows, and statistics of them that are made once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from nnunet_spine.comparison.collect import Collection
from nnunet_spine.comparison.figures.style import ArmStyle, arm_styles
from nnunet_spine.comparison.measures import Measure, measure_of
from nnunet_spine.comparison.patients import MEAN, patient_means
from nnunet_spine.comparison.statistics.pairs import Family, paired_tests
from nnunet_spine.comparison.statistics.summary import summarise

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure


@dataclass(frozen=True, eq=False)
class Material:
    """Rows and what to make of them; a report that needs the same statistics takes them from here.

    Attributes:
        collection: rows of all arms.
        primary: column of the primary metric, see `MEASURES`.
        distance: column of the distance that is shown beside it.
        baseline: the arm that others are compared with; empty for the first.
    """

    collection: Collection
    primary: str = "dice"
    distance: str = "hd95_mm_penalised"
    baseline: str = ""

    @property
    def reference_arm(self) -> str:
        """The arm that others are compared with."""
        return self.baseline or self.collection.arms[0]

    @property
    def measure(self) -> Measure:
        """The primary metric."""
        return measure_of(self.primary)

    @cached_property
    def styles(self) -> dict[str, ArmStyle]:
        """How every arm is drawn, by its name."""
        return arm_styles(self.collection.arms)

    @cached_property
    def summary(self) -> pd.DataFrame:
        """Means of the primary metric and of the distance, see `summarise`."""
        return summarise(self.collection, *dict.fromkeys((self.primary, self.distance)))

    @cached_property
    def differences(self) -> pd.DataFrame:
        """Every other arm less the baseline in the primary metric, see `paired_tests`."""
        return paired_tests(self.collection, Family(self.primary, baseline=self.reference_arm))

    def means(self, column: str | None = None) -> pd.DataFrame:
        """Rows of `summary` of one measure that have a value; of the primary metric if none is named."""
        found = self.summary[self.summary["measure"] == (column or self.primary)]
        return found[found["n_patients"] > 0]

    def patients(self, column: str) -> pd.DataFrame:
        """A value for every patient, see `patient_means`."""
        return patient_means(self.collection, column)

    @cached_property
    def overall(self) -> tuple[str, ...]:
        """The structures that are no single level, the mean of structures last; all if every one is a level."""
        scores = self.collection.scores
        levels = set(scores.loc[scores["structure_level"].notna(), "structure"])
        names = [name for name in self.collection.structures if name not in levels] or self.collection.structures
        return (*names, *((MEAN,) if MEAN in set(self.summary["structure"]) else ()))


@dataclass(frozen=True)
class FigureSpec:
    """A kind of figure.

    Attributes:
        key: of files and anchors.
        title: above it.
        draw: draws it; None where the rows have nothing to show.
        caption: how to read it, in a few sentences, with n; asked only where `draw` gave a figure.
    """

    key: str
    title: str
    draw: Callable[[Material], Figure | None]
    caption: Callable[[Material], str]
