"""The columns of scores that statistics are made of: every metric as measured, and distances with their penalty."""

from __future__ import annotations

from dataclasses import dataclass

from nnunet_spine.comparison.reading.frames import PENALISED
from nnunet_spine.evaluation.metric import METRICS, Metric


@dataclass(frozen=True)
class Measure:
    """A column of scores.

    Attributes:
        column: its name, such as `hd95_mm_penalised`.
        metric: what it is.
        penalised: whether a missed structure counts with the image's diagonal; otherwise it has no distance and is left
            out of means.
    """

    column: str
    metric: Metric
    penalised: bool = False

    @property
    def label(self) -> str:
        """Name with unit, for axes and heads of tables."""
        name = f"{self.metric.name}, penalised" if self.penalised else self.metric.name
        return f"{name} ({self.metric.unit})" if self.metric.unit else name

    @property
    def sign(self) -> int:
        """1 where more is better, -1 where less is."""
        return 1 if self.metric.higher_is_better else -1

    @property
    def digits(self) -> int:
        """Decimals that are worth printing: three of a share, two of a millimetre."""
        return 2 if self.metric.unit else 3


def _measures() -> dict[str, Measure]:
    found = {}
    for key, metric in METRICS.items():
        found[key] = Measure(key, metric)
        if metric.missed == "diagonal":
            found[key + PENALISED] = Measure(key + PENALISED, metric, penalised=True)
    return found


MEASURES: dict[str, Measure] = _measures()
"""Every measure by its column, in the order of tables."""


def measure_of(column: str) -> Measure:
    """The measure of that column.

    Raises:
        ValueError: naming the measures there are.
    """
    if column not in MEASURES:
        raise ValueError(f"metric: expected one of {', '.join(MEASURES)}, got {column!r}")
    return MEASURES[column]
