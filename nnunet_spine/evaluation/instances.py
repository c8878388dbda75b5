"""Numbered vertebrae and discs one by one, matched as in the SPIDER challenge: whatever number they were given.

van der Graaf et al., Scientific Data 11:264, 2024. Each instance of the reference is compared with the predicted one of
its group that overlaps it most; two of the reference may share one. Where nothing overlaps, Dice is 0 and the surface
distance undefined. Predicted instances that no reference is matched with do not count here; they are false positives
of their structure. The challenge scores completely visible ones alone; here all have a record, which tells whether they
are complete, and means are of complete ones (table.py).
"""

from __future__ import annotations

from collections.abc import Sequence

from nnunet_spine.evaluation.metric import UNDEFINED
from nnunet_spine.evaluation.pair import Box, Pair
from nnunet_spine.evaluation.records import InstanceRecord
from nnunet_spine.evaluation.structures import Structure

_FOOT_HEAD = 2


def score_instances(pair: Pair, structures: Sequence[Structure]) -> tuple[InstanceRecord, ...]:
    """A record for every numbered vertebra and disc that the reference has."""
    numbered = [one for one in structures if one.is_instance]
    present = [one for one in numbered if pair.confusion[one.values].any()]
    return tuple(_score(pair, one, [other for other in numbered if other.group == one.group]) for one in present)


def _score(pair: Pair, structure: Structure, candidates: Sequence[Structure]) -> InstanceRecord:
    match = _match(pair, structure, candidates)
    values = match.values if match else ()
    return InstanceRecord(
        structure=structure.name,
        group=structure.group,
        level=structure.level,
        matched=match.name if match else None,
        dice=pair.overlap(structure.values, values).dice if match else 0.0,
        assd_mm=pair.distances(structure.values, values).assd_mm if match else UNDEFINED,
        identified=match == structure,
        complete_reference=_is_complete(pair, pair.boxes[0][structure.values[0] - 1]),
        complete_prediction=_is_complete(pair, pair.boxes[1][values[0] - 1]) if match else None,
    )


def _match(pair: Pair, structure: Structure, candidates: Sequence[Structure]) -> Structure | None:
    """The candidate with the largest overlap; the structure itself if it is one of several with the same."""
    shared = {one: pair.overlap(structure.values, one.values).true_positive for one in candidates}
    best = max(candidates, key=lambda one: (shared[one], one == structure))
    return best if shared[best] else None


def _is_complete(pair: Pair, box: Box) -> bool:
    """Whether the box keeps clear of the first and the last plane of the image from foot to head."""
    along = box[_FOOT_HEAD]
    return along.start > 0 and along.stop < pair.reference.shape[_FOOT_HEAD]
