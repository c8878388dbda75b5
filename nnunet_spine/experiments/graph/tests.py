"""The tests of an experiment: images as acquired and under conditions."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from nnunet_spine.evaluation.records import AS_ACQUIRED
from nnunet_spine.experiments.graph.building import Building
from nnunet_spine.experiments.graph.data import Data
from nnunet_spine.experiments.graph.datasets import data_of
from nnunet_spine.experiments.graph.degrade import degrade
from nnunet_spine.experiments.schema import SyntheticData, Test

SYNTHETIC = "synthetic"
"""The condition of synthetic images in results, by which they are never averaged with real ones."""


@dataclass(frozen=True)
class Condition:
    """Images of a test under a condition.

    Attributes:
        name: as results have it.
        level: of it; None as acquired, and for synthetic images.
        node: id of the node that makes the images; None for those of the data set.
        images: their folder, likewise.
    """

    name: str = AS_ACQUIRED
    level: float | None = None
    node: str | None = None
    images: Path | None = None

    @property
    def folder(self) -> str:
        """Name of the folder of predictions, such as `resolution_2`."""
        return AS_ACQUIRED.replace(" ", "_") if self.images is None else self.images.name

    @property
    def needs(self) -> tuple[str, ...]:
        """Ids of the nodes that the images are made by, beside the data set's."""
        return () if self.node is None else (self.node,)

    def __str__(self) -> str:
        return self.name if self.level is None else f"{self.name} {self.level:g}"


@dataclass(frozen=True)
class TestSet:
    """A test.

    Attributes:
        key: its key.
        asked: what the file says of it.
        data: the raw data set.
        conditions: as acquired first.
    """

    key: str
    asked: Test
    data: Data
    conditions: tuple[Condition, ...]


def test_set(building: Building, key: str) -> TestSet:
    """A test, with the nodes that make its images."""
    return building.once(("test", key), lambda: _make(building, key))


def _make(building: Building, key: str) -> TestSet:
    asked = building.experiment.tests[key]
    data = data_of(building, asked.dataset)
    if isinstance(building.experiment.datasets[asked.dataset], SyntheticData):
        return TestSet(key, asked, data, (Condition(SYNTHETIC),))
    wanted = building.experiment.conditions if asked.conditions is None else asked.conditions
    made = [_condition(building, data, name, float(level)) for name, levels in wanted.items() for level in levels]
    return TestSet(key, asked, data, (Condition(), *made))


def _condition(building: Building, data: Data, name: str, level: float) -> Condition:
    return Condition(name, level, *degrade(building, data, name, level))
