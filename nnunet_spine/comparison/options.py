"""What a comparison is asked to show."""

from __future__ import annotations

from dataclasses import dataclass

from nnunet_spine.comparison.reading.collect import Collection
from nnunet_spine.comparison.reading.frames import PENALISED
from nnunet_spine.comparison.statistics.measures import MEASURES, measure_of
from nnunet_spine.evaluation.metric import METRICS


@dataclass(frozen=True)
class CompareOptions:
    """Choices of the user.

    Attributes:
        metric: key of the primary metric. A distance counts missed structures with the image's diagonal.
        baseline: the arm that every other one is tested against; None for all pairs in the answer, and the first arm
            in figures and secondary tests.
        steps: whether every arm is tested against the one before it too.
        structures: those whose worst cases are shown; None for all that are not groups of others.
        cases: worst cases of every arm that are drawn.
        images: whether to draw them.
        title: of the report.
    """

    metric: str = "dice"
    baseline: str | None = None
    steps: bool = False
    structures: tuple[str, ...] | None = None
    cases: int = 2
    images: bool = True
    title: str = "Comparison of segmentations"

    def __post_init__(self) -> None:
        if self.metric not in METRICS:
            raise ValueError(f"--metric: expected one of {', '.join(METRICS)}, got {self.metric!r}")
        if self.cases < 0:
            raise ValueError(f"--cases: expected 0 or more, got {self.cases}")

    @property
    def measure(self) -> str:
        """The column of scores that the primary metric is read from, see `MEASURES`."""
        penalised = self.metric + PENALISED
        return measure_of(penalised if penalised in MEASURES else self.metric).column

    def check(self, collection: Collection) -> None:
        """Refuse names that the rows do not have.

        Raises:
            ValueError: naming those there are.
        """
        if self.baseline is not None and self.baseline not in collection.arms:
            raise ValueError(f"--baseline: expected one of {', '.join(collection.arms)}, got {self.baseline!r}")
        unknown = [name for name in self.structures or () if name not in collection.structures]
        if unknown:
            raise ValueError(
                f"--structures: expected some of {', '.join(collection.structures)}, got {', '.join(unknown)}"
            )
