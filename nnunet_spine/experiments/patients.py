"""Whose patients data sets have: the same name is the same person in some, and another one in others."""

from __future__ import annotations

from collections.abc import Mapping

from nnunet_spine.dataset_conversion.manifest import recorded_source
from nnunet_spine.experiments.schema import NOBODY, Dataset, SpiderData, SyntheticData
from nnunet_spine.plumbing.datasets import find_raw_dataset


def whose_patients(datasets: Mapping[str, Dataset], key: str) -> str:
    """A word that data sets share in which patients of one name are one person: the folder that they come from.

    Args:
        datasets: by their keys; those that others refer to are there, and nothing goes in a circle.
        key: of one of them.

    Raises:
        ValueError: if it is a raw data set that is not there, or whose record cannot be read.
    """
    data = datasets[origin_of_patients(datasets, key)]
    if isinstance(data, SpiderData):
        return str(data.spider.resolve())
    folder = find_raw_dataset(data.raw).folder
    return recorded_source(folder) or str(folder.resolve())


def origin_of_patients(datasets: Mapping[str, Dataset], key: str) -> str:
    """Key of the data set whose patients one has: that of its label maps, or one that it names."""
    before = patients_of_another(datasets[key])
    return key if before is None else origin_of_patients(datasets, before)


def patients_of_another(data: Dataset) -> str | None:
    """Key of the data set that one says to have the patients of, None if it has its own."""
    if isinstance(data, SyntheticData):
        return data.synthetic_of
    return None if data.same_patients_as == NOBODY else data.same_patients_as
