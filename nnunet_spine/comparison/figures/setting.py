"""What a set of test images is, and which sets a figure has panels of."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nnunet_spine.comparison.figures.wording import setting_name
from nnunet_spine.comparison.statistics.patients import ALL
from nnunet_spine.comparison.statistics.setting import at_setting

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Setting:
    """A set of test images.

    Attributes:
        condition: what was done to them.
        level: how much of it; None where it has no levels.
        sequence: of the images.
    """

    condition: str
    level: float | None
    sequence: str

    @property
    def name(self) -> str:
        """For people."""
        return setting_name(self.condition, math.nan if self.level is None else self.level, self.sequence)

    def of(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The rows of the setting."""
        return frame[at_setting(frame, self.condition, self.level, self.sequence)]


def settings_of(frame: pd.DataFrame) -> list[Setting]:
    """The settings of single sequences in the order of the rows; without graded conditions where there are others.

    Graded conditions have figures of their own.
    """
    rows = frame.loc[frame["sequence"] != ALL, ["condition", "level", "sequence"]].drop_duplicates()
    rows = rows[rows["level"].isna()] if rows["level"].isna().any() else rows
    levels = (None if math.isnan(level) else level for level in rows["level"])
    return [Setting(*row) for row in zip(rows["condition"], levels, rows["sequence"], strict=True)]
