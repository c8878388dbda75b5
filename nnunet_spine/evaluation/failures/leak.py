"""Disc leak: a predicted disc spreads far into what is around it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nnunet_spine.evaluation.failures.distance import distances_mm
from nnunet_spine.evaluation.failures.matching import Finding, Matching
from nnunet_spine.evaluation.failures.options import FailureOptions
from nnunet_spine.evaluation.failures.pieces import Box
from nnunet_spine.labels import CANAL, DISC, VERTEBRA

MODE = "disc leak"
DEFINITION = "at least 0.2 ml of a predicted disc lie more than 3 mm outside every disc of the reference"


def disc_leaks(match: Matching, options: FailureOptions) -> Iterator[Finding]:
    """Predicted pieces of discs that overlap with a disc and spread from there.

    What lies further than `leak_border_mm` from every disc of the reference has leaked; it counts from `leak_ml` on,
    summed over the piece. A slice more on the side is no leak, however thick slices are. The failure is told of the
    disc that the piece overlaps most; the amount is the volume that leaked.
    """
    discs = match.group(DISC)
    columns = match.reference.of(discs)
    hits = match.overlap[:, columns].sum(axis=1)
    outside_ml = (match.prediction.voxels - hits) * match.voxel_ml
    wide = np.isin(match.prediction.owner, discs) & (hits > 0) & (outside_ml >= options.leak_ml)
    real = np.isin(match.reference.owner, discs)[match.reference.ids] if wide.any() else None
    for piece in np.flatnonzero(wide):
        box, mask = match.prediction.cut_out(piece)
        beyond_mm = distances_mm(real, box, options.leak_border_mm, match.spacing_mm) * mask
        leaked = beyond_mm > options.leak_border_mm
        if np.count_nonzero(leaked) * match.voxel_ml >= options.leak_ml:
            disc = columns[int(match.overlap[piece, columns].argmax())]
            yield _finding(match, disc, (box, leaked), float(beyond_mm.max()), options)


def _finding(
    match: Matching, disc: int, where: tuple[Box, np.ndarray], reach_mm: float, options: FailureOptions
) -> Finding:
    box, leaked = where
    leaf = int(match.reference.owner[disc])
    volume_ml = np.count_nonzero(leaked) * match.voxel_ml
    into = _into(match, match.reference.owner[match.reference.ids[box][leaked]])
    name = match.leaves[leaf].name
    detail = (
        f"{name}: {match.called(disc, options)} leaks {volume_ml:.1f} ml up to {reach_mm:.0f} mm far, "
        f"mostly into {into}"
    )
    return match.finding(MODE, [leaf], (volume_ml, "ml"), detail, where)


def _into(match: Matching, owners: np.ndarray) -> str:
    """Name of what most of some voxels are in the reference."""
    names = {VERTEBRA: "vertebrae", CANAL: "the canal"}
    kinds = np.array([*(names.get(leaf.group, "other structures") for leaf in match.leaves), "the background"])[owners]
    found, counts = np.unique(kinds, return_counts=True)
    return str(found[counts.argmax()])
