"""The tests of an experiment: images as acquired and under conditions."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from nnunet_spine.experiments.graph.building import Building
from nnunet_spine.experiments.graph.data import Data
from nnunet_spine.experiments.graph.datasets import data_of
from nnunet_spine.experiments.graph.degrade import degrade
from nnunet_spine.experiments.schema import SyntheticData, Test

AS_ACQUIRED = "as_acquired"
"""Name of the images that nothing was done to, and of the folder of their predictions."""

SYNTHETIC = "synthetic"
"""The condition of synthetic images in results, by which they are never averaged with real ones."""


@dataclass(frozen=True)
class Condition:
    """Images of a test under a condition.

    Attributes:
        folder: name of the folders of images and predictions, such as `resolution_2`.
        name: as results have it; None as acquired.
        level: of it; None as acquired, and for synthetic images.
        node: id of the node that makes the images; None as acquired.
        images: their folder; None for those of the data set.
    """

    folder: str
    name: str | None = None
    level: float | None = None
    node: str | None = None
    images: Path | None = None


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
        return TestSet(key, asked, data, (Condition(AS_ACQUIRED, SYNTHETIC),))
    wanted = building.experiment.conditions if asked.conditions is None else asked.conditions
    made = [
        _condition(building, data, asked, name, float(level)) for name, levels in wanted.items() for level in levels
    ]
    return TestSet(key, asked, data, (Condition(AS_ACQUIRED), *made))


def _condition(building: Building, data: Data, asked: Test, name: str, level: float) -> Condition:
    node, images = degrade(building, data, asked.sequences, name, level)
    return Condition(images.name, name, level, node, images)
