"""In which way a prediction fails: categories found from components, levels and borders, without anybody looking.

Every mode is a function of a `Matching` (both label maps, their pieces, one table of how these overlap) and of
`FailureOptions` (all thresholds); its definition stands there. A prediction equal to its reference has no failure.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nnunet_spine.evaluation.failures import (
    border,
    canal,
    false_positive,
    leak,
    level_shift,
    merged,
    missed,
    missed_piece,
    split,
)
from nnunet_spine.evaluation.failures.matching import match_pieces
from nnunet_spine.evaluation.failures.options import FailureOptions
from nnunet_spine.evaluation.records import FailureRecord, StructureRecord
from nnunet_spine.evaluation.structures import Structure

__all__ = ["MODES", "FailureOptions", "find_failures"]

_FINDERS = {
    missed: missed.missed_structures,
    missed_piece: missed_piece.missed_pieces,
    level_shift: level_shift.level_shifts,
    merged: merged.merged_vertebrae,
    split: split.split_vertebrae,
    leak: leak.disc_leaks,
    canal: canal.broken_canal,
    false_positive: false_positive.false_positives,
}

MODES: dict[str, str] = {module.MODE: module.DEFINITION for module in (*_FINDERS, border)}
"""Every mode with its definition at the default thresholds, in the order of tables."""


def find_failures(
    reference: np.ndarray,
    prediction: np.ndarray,
    spacing_mm: Sequence[float],
    structures: Sequence[Structure],
    scores: Sequence[StructureRecord],
    options: FailureOptions = FailureOptions(),  # noqa: B008  (frozen)
) -> tuple[FailureRecord, ...]:
    """All failures of one case.

    Args:
        reference: integers (I, J, K) in RAS order: left-right, back-front, foot-head. Values of no structure, such as
            the ignore label, are background in both.
        prediction: the same.
        spacing_mm: size of a voxel along each axis.
        structures: of the data set, as `structures_of` gives them.
        scores: of the same case, a row for each of `structures`.
        options: thresholds.

    Returns:
        Failures in the order of `MODES`.

    Raises:
        ValueError: if the two differ in shape.
    """
    match = match_pieces(reference, prediction, spacing_mm, structures)
    found = [finding for find in _FINDERS.values() for finding in find(match, options)]
    borders = border.border_errors(match, found, scores, options)
    return tuple(finding.row for finding in (*found, *borders))
