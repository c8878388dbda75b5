"""Correction for many tests."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

ALPHA = 0.05
"""Error of the whole family that is borne."""


def with_holm(frame: pd.DataFrame) -> pd.DataFrame:
    """With p_holm, corrected for all rows that have a p (Holm 1979), and family_size, the number of them.

    Args:
        frame: one row a test, with `p`, NaN where nothing was tested.
    """
    p = frame["p"].astype(float)
    tested = p.notna()
    corrected = pd.Series(math.nan, index=frame.index)
    if tested.any():
        corrected[tested] = _holm(p[tested].to_numpy())
    return frame.assign(p=p, p_holm=corrected, family_size=int(tested.sum()))


def _holm(p: np.ndarray) -> np.ndarray:
    """The k-th smallest of n times n - k + 1, never below the one before, at most 1.

    As statsmodels' multipletests, which collects the garbage of the whole process at every call: that was a fifth of
    the time of a report.
    """
    order = np.argsort(p, kind="stable")
    corrected = np.empty_like(p)
    corrected[order] = np.minimum(np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1)), 1.0)
    return corrected
