"""The data sets of an experiment by their keys."""

from __future__ import annotations

from nnunet_spine.experiments.graph.building import Building
from nnunet_spine.experiments.graph.convert import convert
from nnunet_spine.experiments.graph.data import Data
from nnunet_spine.experiments.graph.raw import raw
from nnunet_spine.experiments.graph.synthesize import synthesize
from nnunet_spine.experiments.patients import whose_patients
from nnunet_spine.experiments.schema import RawData, SpiderData


def data_of(building: Building, key: str) -> Data:
    """A data set, with the nodes that make it.

    Raises:
        ValueError: if it is made of nothing that is there.
    """
    return building.once(("data", key), lambda: _make(building, key))


def real_data_of(building: Building, key: str) -> Data:
    """A data set, or the one with the real images whose label maps it is made of."""
    asked = building.experiment.datasets[key]
    return real_data_of(building, asked.synthetic_of) if hasattr(asked, "synthetic_of") else data_of(building, key)


def _make(building: Building, key: str) -> Data:
    asked = building.experiment.datasets[key]
    patients = whose_patients(building.experiment.datasets, key)
    if isinstance(asked, SpiderData):
        return convert(building, asked, patients)
    if isinstance(asked, RawData):
        return raw(asked, patients)
    return synthesize(building, asked, data_of(building, asked.synthetic_of))
