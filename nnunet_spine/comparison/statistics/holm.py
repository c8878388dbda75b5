"""Correction for many tests."""

from __future__ import annotations

import math

import pandas as pd
from statsmodels.stats.multitest import multipletests

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
        corrected[tested] = multipletests(p[tested], method="holm")[1]
    return frame.assign(p=p, p_holm=corrected, family_size=int(tested.sum()))
