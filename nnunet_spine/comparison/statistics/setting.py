"""Which rows are of a set of test images: condition, its level, and sequence."""

from __future__ import annotations

import pandas as pd


def at_level(frame: pd.DataFrame, condition: str, level: float | None) -> pd.Series:
    """Which rows are of a condition at a level; None and NaN are no level."""
    same_level = frame["level"].isna() if pd.isna(level) else frame["level"] == level
    return (frame["condition"] == condition) & same_level


def at_setting(frame: pd.DataFrame, condition: str, level: float | None, sequence: str) -> pd.Series:
    """Which rows are of a setting."""
    return at_level(frame, condition, level) & (frame["sequence"] == sequence)
