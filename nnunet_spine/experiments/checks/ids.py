"""Whether every data set has an id of its own, by which nnU-Net and people know it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from nnunet_spine.experiments.problems import Problem, dotted
from nnunet_spine.experiments.schema import Dataset, Experiment, RawData
from nnunet_spine.plumbing.datasets import find_raw_dataset


def id_problems(experiment: Experiment) -> Iterator[Problem]:
    """Ids of two data sets that are made, or are there in other folders."""
    first: dict[int, tuple[str, str | Path]] = {}
    for key, data in experiment.datasets.items():
        number, place = _number_and_place(key, data)
        if number is None:
            continue
        other, there = first.setdefault(number, (key, place))
        if there != place:
            field = "raw" if isinstance(data, RawData) else "id"
            yield Problem(dotted("datasets", key, field), f"expected an id of its own, {number} is that of {other}")


def _number_and_place(key: str, data: Dataset) -> tuple[int | None, str | Path]:
    """Its id, None where a raw data set is not there; and what tells it from others of this id."""
    if not isinstance(data, RawData):
        return data.id, key
    try:
        folder = find_raw_dataset(data.raw).folder.resolve()
    except (ValueError, OSError):
        return None, key
    number = folder.name.removeprefix("Dataset").partition("_")[0]
    return int(number) if number.isdecimal() else None, folder
