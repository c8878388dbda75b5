"""Which way a mask numbers its levels, and the way back to SPIDER's numbering.

SPIDER counts upwards from the lowest vertebra (1). The SPIDER authors' algorithm (Lessmann et al., Medical Image
Analysis 53, 2019) writes anatomical numbers, which grow downwards: L5 is 24, a sixth lumbar vertebra 25; its discs are
200 + the number of the vertebra above, as in SPIDER. Read with the wrong table, L5 would be taken for a 24th level.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

import numpy as np

from nnunet_spine.labels import CANAL, DISC, STRUCTURES, VERTEBRA

Numbering = Literal["spider", "algorithm", "reversed"]

L5_OF_ALGORITHM = 24
_L1_OF_ALGORITHM = 20


def recognise(heights: Mapping[int, float]) -> Numbering:
    """Recognise the numbering by whether numbers grow towards the head or towards the feet.

    Args:
        heights: mean position along the axis towards the head, for each value of SPIDER's table that occurs in the
            mask.

    Returns:
        `spider`; `algorithm`; or `reversed` for numbers that grow downwards without reaching the lumbar numbers of the
        algorithm, which is neither of the two (an upside-down geometry, most likely).
    """
    levels = max(_levels(heights, VERTEBRA), _levels(heights, DISC), key=lambda found: min(len(found), 2))
    if not levels:
        return "spider"
    lumbar = max(levels) >= _L1_OF_ALGORITHM
    if len(levels) == 1:
        return "algorithm" if lumbar else "spider"
    numbers, positions = np.array(list(levels)), np.array(list(levels.values()))
    if np.cov(numbers, positions)[0, 1] > 0:
        return "spider"
    return "algorithm" if lumbar else "reversed"


def renumbering(values: Iterable[int]) -> np.ndarray:
    """Table that turns the algorithm's numbers into SPIDER's.

    The lowest level becomes 1; L5 (24) stands for it where the lowest vertebra that occurs is above L5, so that names
    stay right where L5 was not segmented. With a sixth lumbar vertebra (25) that one is 1, as SPIDER counts.

    Args:
        values: the values that occur in the mask.

    Returns:
        uint8 of shape (256,): SPIDER value of every value of the algorithm, itself where it is no level.
    """
    lowest = max([L5_OF_ALGORITHM, *(STRUCTURES[value].level for value in values)])
    table = np.arange(256, dtype=np.uint8)
    for value, structure in STRUCTURES.items():
        if structure.group != CANAL and structure.level <= lowest:
            table[value] = value - structure.level + (lowest - structure.level + 1)
    return table


def _levels(heights: Mapping[int, float], group: str) -> dict[int, float]:
    return {STRUCTURES[value].level: height for value, height in heights.items() if STRUCTURES[value].group == group}
