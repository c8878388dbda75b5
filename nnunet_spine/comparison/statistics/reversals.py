"""Where the arm that is best on the whole is not: on which images another one is ahead of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from nnunet_spine.comparison.reading.collect import Collection
from nnunet_spine.comparison.statistics.bootstrap import SAME
from nnunet_spine.comparison.statistics.contrast import Contrast, contrast
from nnunet_spine.comparison.statistics.measures import measure_of
from nnunet_spine.comparison.statistics.once import once
from nnunet_spine.comparison.statistics.pairs import Family, corrected, paired_tests
from nnunet_spine.comparison.statistics.patients import ALL
from nnunet_spine.comparison.statistics.setting import at_setting

Setting = tuple[str, float, str]
"""Condition, level and sequence of test images."""


@dataclass(frozen=True)
class Reversal:
    """Test images on which another arm is ahead.

    Attributes:
        condition: of the images.
        level: of the condition, NaN where there is none.
        sequence: of the images.
        contrast: the arm that is ahead there against the one that is best on the whole; corrected for all pairs of arms
            in all single settings.
    """

    condition: str
    level: float
    sequence: str
    contrast: Contrast


@once
def tests_of_images(collection: Collection, measure: str, structure: str) -> pd.DataFrame:
    """`paired_tests` of all pairs of arms in every setting of a single sequence, corrected as one family."""
    tests = paired_tests(collection, Family(measure, structures=(structure,)))
    return corrected(tests[tests["sequence"] != ALL])


def reversals(
    collection: Collection, measure: str, structure: str, best: str, tables: Mapping[Setting, pd.DataFrame]
) -> tuple[Reversal, ...]:
    """Single sequences, at any condition and level, whose best mean is another arm's; the largest difference first.

    Args:
        collection: rows of cases that all arms have, see `of_shared_cases`.
        measure: column that is compared.
        structure: such as `MEAN`.
        best: the arm that is best on the whole.
        tables: setting -> patients x arms.
    """
    sign, tests = measure_of(measure).sign, tests_of_images(collection, measure, structure)
    found = []
    for setting, table in tables.items():
        here = tests[at_setting(tests, *setting)]
        if here.empty or table.empty:
            continue
        ahead = str((sign * table.mean()).idxmax())
        if sign * (table[ahead].mean() - table[best].mean()) >= SAME:
            found.append(Reversal(*setting, contrast(here, ahead, best)))
    return tuple(sorted(found, key=lambda one: -abs(one.contrast.difference)))
