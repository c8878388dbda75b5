"""The rows with short names of arms, by which people tell them apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from nnunet_spine.comparison.reading.collect import Collection


def with_names(collection: Collection, names: Mapping[str, str]) -> Collection:
    """The same rows with other names of arms.

    Args:
        collection: rows.
        names: a different name for every arm.
    """

    def renamed(frame: pd.DataFrame) -> pd.DataFrame:
        return frame.assign(arm=frame["arm"].map(names))

    return replace(
        collection,
        runs=renamed(collection.runs),
        scores=renamed(collection.scores),
        instances=renamed(collection.instances),
        failures=renamed(collection.failures),
        properties=renamed(collection.properties),
        cases=renamed(collection.cases),
        unshared={name: tuple(names[arm] for arm in arms) for name, arms in collection.unshared.items()},
    )


def named(frame: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """A statistic with other names of arms.

    Args:
        frame: with any of the columns arm, first, second, better.
        names: other name by name of an arm; what is no arm stays.
    """
    columns = [name for name in ("arm", "first", "second", "better") if name in frame]
    return frame.assign(**{name: frame[name].map(lambda arm: names.get(arm, arm)) for name in columns})
