"""False positive: the prediction has a piece where there is nothing of its kind."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nnunet_spine.evaluation.failures.distance import distances_mm
from nnunet_spine.evaluation.failures.matching import Finding, Matching
from nnunet_spine.evaluation.failures.options import FailureOptions
from nnunet_spine.evaluation.failures.pieces import Box

MODE = "false positive"
DEFINITION = (
    "at most 10 % of a predicted piece lie in structures of its kind, and at least 0.2 ml over 3 mm away from them"
)


def false_positives(match: Matching, options: FailureOptions) -> Iterator[Finding]:
    """Predicted pieces that do not belong to anything in the reference.

    At most `false_positive_fraction` of the piece lies in structures of its group (a vertebra under another level's
    label is shifted, not false), and at least `false_positive_ml` of it lie further than `false_positive_border_mm`
    from them. Vertebrae are cut in front of the canal, so that the body of S1 is a piece even where its facet joints
    connect it with L5. The amount is the volume of the piece.
    """
    for leaf in range(len(match.leaves)):
        peers = match.peers(leaf)
        beside = _beside(match, leaf, peers, options)
        structure = np.isin(match.reference.owner, peers)[match.reference.ids] if beside else None
        for piece in beside:
            far = _far(match, piece, structure, options)
            if np.count_nonzero(far[1]) * match.voxel_ml >= options.false_positive_ml:
                yield _finding(match, piece, far)


def _beside(match: Matching, leaf: int, peers: list[int], options: FailureOptions) -> list[int]:
    """Large predicted pieces that overlap with hardly anything of their group."""
    sizes = match.prediction.voxels
    inside = match.overlap[:, match.reference.of(peers)].sum(axis=1)
    large = sizes * match.voxel_ml >= options.false_positive_ml
    beside = inside <= options.false_positive_fraction * sizes
    return np.flatnonzero((match.prediction.owner == leaf) & large & beside).tolist()


def _far(match: Matching, piece: int, structure: np.ndarray, options: FailureOptions) -> tuple[Box, np.ndarray]:
    """The part of a piece that lies beyond the border of a structure."""
    box, mask = match.prediction.cut_out(piece)
    border_mm = options.false_positive_border_mm
    return box, mask & (distances_mm(structure, box, border_mm, match.spacing_mm) > border_mm)


def _finding(match: Matching, piece: int, where: tuple[Box, np.ndarray]) -> Finding:
    leaf = int(match.prediction.owner[piece])
    volume_ml = match.prediction.voxels[piece] * match.voxel_ml
    on = _on(match, piece)
    detail = f"{match.leaves[leaf].name}: {volume_ml:.1f} ml where there is none, mostly on {on}"
    return match.finding(MODE, [leaf], (volume_ml, "ml"), detail, where)


def _on(match: Matching, piece: int) -> str:
    owner = int(match.reference.owner[int(match.overlap[piece].argmax())])
    return "the background" if owner < 0 else match.leaves[owner].name
