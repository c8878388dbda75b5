"""One arm against another in one setting, as sentences need it."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from nnunet_spine.comparison.statistics.bootstrap import Interval
from nnunet_spine.comparison.statistics.holm import ALPHA
from nnunet_spine.comparison.statistics.pairs import State


@dataclass(frozen=True)
class Contrast:
    """An arm that is ahead against another one, on the patients that all arms have.

    Attributes:
        arm: the one ahead.
        other: the other one.
        state: whether it was tested.
        mean: of the first arm.
        mean_other: the same of the other one.
        difference: arm - other, mean over patients, in the unit of the measure.
        interval: 95 %, of the difference.
        effect_size: matched-pairs rank-biserial correlation, positive where the first arm is better.
        p: of Wilcoxon's test.
        p_holm: corrected for all tests of the family.
        family_size: number of them.
        n_pairs: patients.
        n_equal: of them without a difference.
        n_better: of them, on which the first arm is better.
    """

    arm: str
    other: str
    state: State
    mean: float
    mean_other: float
    difference: float
    interval: Interval
    effect_size: float
    p: float
    p_holm: float
    family_size: int
    n_pairs: int
    n_equal: int
    n_better: int

    @property
    def n_worse(self) -> int:
        """Patients on which the other arm is better."""
        return self.n_pairs - self.n_equal - self.n_better

    @property
    def clear(self) -> bool:
        """Whether the difference is more than chance after the correction."""
        return self.p_holm < ALPHA


def contrast(tests: pd.DataFrame, arm: str, other: str) -> Contrast:
    """The row of two arms in the `paired_tests` of one setting, turned so that `arm` is the first."""
    forward = (tests["first"] == arm) & (tests["second"] == other)
    backward = (tests["first"] == other) & (tests["second"] == arm)
    row = tests[forward | backward].iloc[0]
    turn = 1 if row["first"] == arm else -1
    n_pairs, n_equal, n_first = (int(row[name]) for name in ("n_pairs", "n_equal", "n_first_better"))
    low, high = sorted((turn * float(row["ci_low"]), turn * float(row["ci_high"])))
    return Contrast(
        arm,
        other,
        row["state"],
        *(float(row[name]) for name in ("mean_first", "mean_second")[::turn]),
        turn * float(row["difference"]),
        Interval(low, high),
        turn * float(row["effect_size"]),
        float(row["p"]),
        float(row["p_holm"]),
        int(row["family_size"]),
        n_pairs,
        n_equal,
        n_first if turn > 0 else n_pairs - n_equal - n_first,
    )
