"""What all figures are drawn from: the rows, and statistics of them that are made once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from nnunet_spine.comparison.figures.style import ArmStyle, arm_styles
from nnunet_spine.comparison.figures.wording import setting_name
from nnunet_spine.comparison.reading.collect import Collection
from nnunet_spine.comparison.reading.curves import training_curves
from nnunet_spine.comparison.statistics.correlation import correlations
from nnunet_spine.comparison.statistics.failures import failure_counts
from nnunet_spine.comparison.statistics.measures import Measure, measure_of
from nnunet_spine.comparison.statistics.nshot import n_shot
from nnunet_spine.comparison.statistics.pairing import of_shared_cases
from nnunet_spine.comparison.statistics.pairs import Family, paired_tests
from nnunet_spine.comparison.statistics.patients import MEAN, SETTING, patient_means, whole_sequence, whole_structure
from nnunet_spine.comparison.statistics.ranking import EVERYWHERE, Stability, ranking, stability
from nnunet_spine.comparison.statistics.reversals import tests_of_images
from nnunet_spine.comparison.statistics.robustness import robustness
from nnunet_spine.comparison.statistics.summary import summarise
from nnunet_spine.comparison.statistics.verdict import Verdict, verdict
from nnunet_spine.evaluation.records import AS_ACQUIRED

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
        baseline: the arm that others are compared with; None for the first.
        steps: whether arms are tested against the one before them too.
        family: what is tested together; None for every other arm with the baseline in the conditions without levels,
            on the structures that are no single level.
    """

    collection: Collection
    primary: str = "dice"
    distance: str = "hd95_mm_penalised"
    baseline: str | None = None
    steps: bool = False
    family: Family | None = None

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
        """Every other arm less the baseline, see `paired_tests`."""
        return paired_tests(self.collection, self.family or self._family)

    @cached_property
    def verdict(self) -> Verdict | None:
        """The answer, see `verdict`."""
        return verdict(self.collection, self.primary, self.baseline or None)

    @cached_property
    def answer_tests(self) -> pd.DataFrame | None:
        """The tests that the answer rests on, see `paired_tests`; None where there is no answer."""
        return None if self.verdict is None else self.verdict.tests

    @cached_property
    def image_tests(self) -> pd.DataFrame | None:
        """The tests of images on which another arm is ahead, see `tests_of_images`; None where there is no answer."""
        if self.verdict is None:
            return None
        shared = of_shared_cases(self.collection, self.primary)
        return tests_of_images(shared, self.primary, self.verdict.structure)

    @cached_property
    def step_tests(self) -> pd.DataFrame | None:
        """Every arm less the one before, see `paired_tests`; None where that was not asked for, or there is one arm."""
        if not self.steps or len(self.collection.arms) < 2:
            return None
        sequences, structures = (whole_sequence(self.collection),), (whole_structure(self.collection),)
        family = Family(
            self.primary, steps=True, conditions=self._conditions, sequences=sequences, structures=structures
        )
        return paired_tests(self.collection, family)

    @cached_property
    def curves(self) -> pd.DataFrame:
        """Losses and pseudo Dice by epoch, see `training_curves`."""
        return training_curves(self.collection)

    @property
    def _family(self) -> Family:
        return Family(self.primary, self.reference_arm, conditions=self._conditions, structures=self.overall)

    @property
    def _conditions(self) -> tuple[str, ...] | None:
        """Those without levels; None, for all, where there are no others."""
        runs = self.collection.runs
        return tuple(runs.loc[runs["level"].isna(), "condition"].unique()) or None

    @cached_property
    def ranking(self) -> pd.DataFrame:
        """The place of every arm by the primary metric in every setting, see `ranking`."""
        return ranking(self.collection, self.primary)

    @cached_property
    def stability(self) -> dict[str, Stability]:
        """How sure the places are, by name of the setting: images as acquired, and all conditions together."""
        settings = self.ranking[SETTING].drop_duplicates()
        settings = settings[settings["level"].isna()]
        if (settings["condition"] == AS_ACQUIRED).any():
            settings = settings[settings["condition"].isin((AS_ACQUIRED, EVERYWHERE))]
        found = {}
        for setting in settings.itertuples(index=False, name=None):
            name = EVERYWHERE if setting[0] == EVERYWHERE else setting_name(*setting)
            stable = stability(self.collection, self.primary, setting=setting)
            if stable is not None and stable.n_patients:
                found[name] = stable
        return found

    @cached_property
    def failures(self) -> pd.DataFrame:
        """How often every arm fails in which way, see `failure_counts`."""
        return failure_counts(self.collection)

    @cached_property
    def correlations(self) -> pd.DataFrame:
        """Of the primary metric, and of failures, with properties of the images, see `correlations`."""
        return correlations(self.collection, self.primary)

    @cached_property
    def robustness(self) -> pd.DataFrame:
        """The primary metric by level of every condition, see `robustness`."""
        return robustness(self.collection, self.primary)

    @cached_property
    def n_shot(self) -> pd.DataFrame:
        """The primary metric by number of real patients, see `n_shot`."""
        return n_shot(self.collection, self.primary)

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
        return (*names, *((MEAN,) if whole_structure(self.collection) == MEAN else ()))


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
