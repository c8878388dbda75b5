"""Missed structure: a structure, a body or a disc is in the reference, and nothing predicted overlaps enough."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from nnunet_spine.evaluation.failures.matching import Finding, Matching
from nnunet_spine.evaluation.failures.options import FailureOptions
from nnunet_spine.evaluation.failures.pieces import FRONT
from nnunet_spine.labels import DISC, VERTEBRA

MODE = "missed structure"
DEFINITION = "less than 20 % of a whole structure, of a vertebral body or of a disc is covered by the prediction"


def missed_structures(match: Matching, options: FailureOptions) -> Iterator[Finding]:
    """Structures as a whole; where a structure was found, its bodies or discs (one disc of the class `discs`).

    Covered is what any label of the same group covers: a vertebra under another level's label is not missed but
    shifted. Smaller ones than `piece_ml`, or than `piece_fraction` of the largest, are not judged; less than
    `found_fraction` covered is missed. The amount is the volume of what was missed.
    """
    for leaf in range(len(match.leaves)):
        if is_whole_missing(match, leaf, options):
            pieces = match.reference.of([leaf])
            if match.reference.voxels[pieces].sum() * match.voxel_ml >= options.piece_ml:
                yield missed(MODE, match, pieces, "all of it")
            continue
        for piece in bodies_and_discs(match, leaf, options):
            if is_missing(match, [piece], options):
                yield missed(MODE, match, [piece], match.called(piece, options))


def bodies_and_discs(match: Matching, leaf: int, options: FailureOptions) -> list[int]:
    """Pieces of a leaf that are a body or a disc each; of a numbered one the largest alone, others are fragments."""
    if match.leaves[leaf].group not in (VERTEBRA, DISC):
        return []
    pieces = match.judged(leaf, FRONT, options)
    if match.leaves[leaf].is_instance and pieces:
        return [max(pieces, key=lambda piece: match.reference.voxels[piece])]
    return pieces


def is_whole_missing(match: Matching, leaf: int, options: FailureOptions) -> bool:
    """Whether the reference has a leaf, and the prediction too little of it."""
    pieces = match.reference.of([leaf])
    return bool(pieces) and is_missing(match, pieces, options)


def is_missing(match: Matching, pieces: Sequence[int], options: FailureOptions) -> bool:
    """Whether too little of some pieces of one leaf is covered by its group."""
    peers = match.prediction.of(match.peers(int(match.reference.owner[pieces[0]])))
    covered = match.overlap[np.ix_(peers, pieces)].sum()
    return bool(covered < options.found_fraction * match.reference.voxels[pieces].sum())


def missed(mode: str, match: Matching, pieces: Sequence[int], what: str) -> Finding:
    """Some pieces of one leaf that were missed."""
    largest = max(pieces, key=lambda piece: match.reference.voxels[piece])
    leaf = int(match.reference.owner[largest])
    volume_ml = match.reference.voxels[pieces].sum() * match.voxel_ml
    detail = f"{match.leaves[leaf].name}: {what} is missing ({volume_ml:.1f} ml)"
    return match.finding(mode, [leaf], (volume_ml, "ml"), detail, match.reference.cut_out(largest))
