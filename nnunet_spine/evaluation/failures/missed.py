"""Missed structure: it is in the reference, and the prediction has nothing that overlaps enough."""

from __future__ import annotations

from collections.abc import Iterator

from nnunet_spine.evaluation.failures.matching import Matching
from nnunet_spine.evaluation.failures.options import FailureOptions
from nnunet_spine.evaluation.failures.pieces import BACK, FRONT
from nnunet_spine.evaluation.records import FailureRecord

MODE = "missed structure"
DEFINITION = "less than 20 % of a structure, or of a separate piece of one, is covered by the prediction"


def missed_structures(match: Matching, options: FailureOptions) -> Iterator[FailureRecord]:
    """Structures as a whole; where a structure was found, its separate pieces (one disc of the class `discs`).

    Covered is what any label of the same group covers: a vertebra under another level's label is not missed but
    shifted. Bodies and posterior elements are pieces of their own. Smaller ones than `piece_ml`, or than
    `piece_fraction` of the largest, are not judged; less than `found_fraction` covered is missed. The amount is the
    volume of what was missed.
    """
    for leaf in range(len(match.leaves)):
        covered = match.overlap[match.prediction.of(match.peers(leaf))].sum(axis=0)
        lost = covered < options.found_fraction * match.reference.voxels
        pieces = match.reference.of([leaf])
        sizes = match.reference.voxels[pieces]
        if covered[pieces].sum() < options.found_fraction * sizes.sum():
            if sizes.sum() * match.voxel_ml >= options.piece_ml:
                yield _missed(match, leaf, pieces, "all of it")
            continue
        for piece in (*match.judged(leaf, FRONT, options), *match.judged(leaf, BACK, options)):
            if lost[piece]:
                yield _missed(match, leaf, [piece], match.called(piece, options))


def _missed(match: Matching, leaf: int, pieces: list[int], what: str) -> FailureRecord:
    largest = max(pieces, key=lambda piece: match.reference.voxels[piece])
    volume_ml = match.reference.voxels[pieces].sum() * match.voxel_ml
    structure = match.leaves[leaf]
    detail = f"{structure.name}: {what} is missing ({volume_ml:.1f} ml)"
    return match.record(MODE, structure, (volume_ml, "ml"), detail, match.reference.cut_out(largest))
