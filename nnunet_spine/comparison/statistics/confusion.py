"""What is taken for what: voxels by label in the reference and in the prediction."""

from __future__ import annotations

import numpy as np
import pandas as pd


def confusion(cases: pd.DataFrame) -> pd.DataFrame:
    """The confusion matrices of cases, summed.

    Args:
        cases: rows of `Collection.cases`, such as those of one arm; of data sets with different labels, each label
            counts in those that have it.

    Returns:
        Voxels by label in the reference (index) and in the prediction (columns), in the order of the labels.
    """
    names = list(dict.fromkeys(name for labels in cases["confusion_labels"] for name in labels))
    total = pd.DataFrame(0, index=pd.Index(names, name="reference"), columns=pd.Index(names, name="prediction"))
    for labels, some in cases.groupby("confusion_labels")["confusion"]:
        counts = np.sum([np.asarray(one, dtype=np.int64) for one in some], axis=0)
        total.loc[list(labels), list(labels)] += counts
    return total


def row_shares(counts: pd.DataFrame) -> pd.DataFrame:
    """Every row divided by its sum: where the voxels of a structure went; NaN for a label that no reference has."""
    sums = counts.sum(axis=1)
    return counts.div(sums.where(sums > 0), axis=0)
