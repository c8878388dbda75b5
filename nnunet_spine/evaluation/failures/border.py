"""Border error: a structure is there, but much of its surface is not where it should be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from nnunet_spine.evaluation.failures.matching import Finding, Matching
from nnunet_spine.evaluation.failures.options import FailureOptions
from nnunet_spine.evaluation.records import StructureRecord
from nnunet_spine.evaluation.surface import surface_distances

MODE = "border error"
DEFINITION = "HD95 of a structure that has no other failure is above 4 mm, with thicker slices counted as 4 mm"


def border_errors(
    match: Matching, others: Sequence[Finding], scores: Sequence[StructureRecord], options: FailureOptions
) -> Iterator[Finding]:
    """Structures whose surfaces lie apart, where no other failure tells why.

    HD95 above `border_error_mm`. Slices thicker than that count as so thick, as for leaks: one slice too many on the
    side is no error, and an error within the slice is one however thick slices are. A label that lies on a part of
    another level too has a wrong border, beside the split or shift of that level. The amount is HD95.

    Args:
        match: reference and prediction.
        others: failures of the case found by all other modes; the leaves that they befell are left out.
        scores: of the same case, since HD95 costs more than all the rest.
        options: thresholds.
    """
    explained = {value for other in others for leaf in other.leaves for value in match.leaves[leaf].values}
    known = {score.structure: score.hd95_mm for score in scores}
    for index, leaf in enumerate(match.leaves):
        far = known[leaf.name] > options.border_error_mm
        if far and explained.isdisjoint(leaf.values):
            real, predicted = _masks(match, index)
            if _is_far_in_plane(match, real, predicted, options):
                yield _finding(match, index, known[leaf.name], real != predicted)


def _is_far_in_plane(match: Matching, real: np.ndarray, predicted: np.ndarray, options: FailureOptions) -> bool:
    """Whether HD95 is above the threshold with thick slices too; without any it is known to be."""
    if max(match.spacing_mm) <= options.border_error_mm:
        return True
    step_mm = np.minimum(match.spacing_mm, options.border_error_mm)
    return surface_distances(real, predicted, step_mm).hd95_mm > options.border_error_mm


def _masks(match: Matching, leaf: int) -> tuple[np.ndarray, np.ndarray]:
    values = set(match.leaves[leaf].values)
    owners = [index for index, one in enumerate(match.leaves) if values.issuperset(one.values)]
    real, predicted = (np.isin(pieces.owner, owners)[pieces.ids] for pieces in (match.reference, match.prediction))
    return real, predicted


def _finding(match: Matching, leaf: int, hd95_mm: float, wrong: np.ndarray) -> Finding:
    detail = f"{match.leaves[leaf].name}: the surfaces lie {hd95_mm:.1f} mm (HD95) apart"
    where = tuple(slice(0, size) for size in wrong.shape), wrong
    return match.finding(MODE, [leaf], (hd95_mm, "mm"), detail, where)
