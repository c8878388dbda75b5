"""Numbers for other programs: CSV in long form, in full precision."""

from __future__ import annotations

import pandas as pd

from nnunet_spine.comparison.reading.collect import Collection
from nnunet_spine.comparison.statistics.measures import MEASURES
from nnunet_spine.comparison.statistics.patients import patient_means
from nnunet_spine.comparison.statistics.summary import summarise


def all_scores(collection: Collection) -> pd.DataFrame:
    """Every score of every case, one row a run, case, structure and measure: the columns of scores, measure, value."""
    keys = [name for name in collection.scores if name not in MEASURES]
    return collection.scores.melt(keys, list(MEASURES), var_name="measure", value_name="value")


def all_patients(collection: Collection) -> pd.DataFrame:
    """`patient_means` of every measure, which is the column `measure`."""
    return pd.concat([patient_means(collection, name).assign(measure=name) for name in MEASURES], ignore_index=True)


def all_summaries(collection: Collection) -> pd.DataFrame:
    """`summarise` of every measure."""
    return summarise(collection, *MEASURES)


def to_csv(frame: pd.DataFrame) -> str:
    """CSV that reads back as the same numbers; empty where there is none, several names with `;`."""
    names = [name for name in frame if frame[name].map(lambda value: isinstance(value, tuple)).any()]
    return frame.assign(**{name: frame[name].map(";".join) for name in names}).to_csv(index=False, lineterminator="\n")
