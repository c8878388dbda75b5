"""Border error: a structure is there, but much of its surface is not where it should be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from nnunet_spine.evaluation.failures.matching import Matching
from nnunet_spine.evaluation.failures.options import FailureOptions
from nnunet_spine.evaluation.records import FailureRecord
from nnunet_spine.evaluation.surface import surface_distances

MODE = "border error"
DEFINITION = (
    "HD95 of a structure that has no other failure is above 4 mm (or above one slice, where slices are thicker)"
)


def border_errors(match: Matching, others: Sequence[FailureRecord], options: FailureOptions) -> Iterator[FailureRecord]:
    """Structures whose surfaces lie apart, where no other failure tells why.

    HD95 above `border_error_mm`, or above the longest edge of a voxel where that is more: one slice too many on the
    side is no error. A label that lies on a part of another level too has a wrong border, beside the split or shift of
    that level. HD95 is taken from the scores of the case where they are known, since it costs more than all the rest.
    The amount is HD95.

    Args:
        match: reference and prediction.
        others: failures of the case found by all other modes; their structures are left out.
        options: thresholds.
    """
    edges_mm = [mm for mm, size in zip(match.spacing_mm, match.reference.ids.shape, strict=True) if size > 1]
    tolerance_mm = max(options.border_error_mm, *edges_mm, 0.0)
    explained = _values_of(match, {failure.structure for failure in others})
    known = {score.structure: score.hd95_mm for score in match.scores}
    for index, leaf in enumerate(match.leaves):
        if explained.isdisjoint(leaf.values):
            hd95_mm = known[leaf.name] if leaf.name in known else _hd95_mm(match, index)
            if hd95_mm > tolerance_mm:
                yield _failure(match, index, hd95_mm)


def _failure(match: Matching, leaf: int, hd95_mm: float) -> FailureRecord:
    structure = match.leaves[leaf]
    real, predicted = _masks(match, leaf)
    where = tuple(slice(0, size) for size in real.shape), real != predicted
    detail = f"{structure.name}: the surfaces lie {hd95_mm:.1f} mm (HD95) apart"
    return match.record(MODE, structure, (hd95_mm, "mm"), detail, where)


def _masks(match: Matching, leaf: int) -> tuple[np.ndarray, np.ndarray]:
    real, predicted = ((pieces.owner == leaf)[pieces.ids] for pieces in (match.reference, match.prediction))
    return real, predicted


def _hd95_mm(match: Matching, leaf: int) -> float:
    real, predicted = _masks(match, leaf)
    if not (real.any() and predicted.any()):
        return float("nan")
    return surface_distances(real, predicted, match.spacing_mm).hd95_mm


def _values_of(match: Matching, names: set[str]) -> set[int]:
    return {value for structure in match.structures if structure.name in names for value in structure.values}
