"""Canal broken: the predicted canal has a gap where the real one goes on."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy import ndimage
from scipy.spatial import cKDTree

from nnunet_spine.evaluation.failures.matching import Finding, Matching
from nnunet_spine.evaluation.failures.options import FailureOptions
from nnunet_spine.evaluation.failures.pieces import Box
from nnunet_spine.labels import CANAL

MODE = "canal broken"
DEFINITION = "the predicted canal is interrupted for at least 3 mm where the canal of the reference goes on"

Gap = tuple[float, tuple[Box, np.ndarray]]
"""Its length in mm, and where it shows."""


def broken_canal(match: Matching, options: FailureOptions) -> Iterator[Finding]:
    """Gaps along foot-head between covered heights, or a fall into more pieces than the reference has.

    A height is covered where the prediction overlaps with `canal_row_fraction` of the reference's canal at that height.
    A run of heights that are not, between covered ones, is a gap from `canal_gap_mm` on; where the reference has no
    canal nothing is judged. Where every height is covered, the canal may still be apart: pieces of at least
    `canal_piece_fraction` of it, more of them than in the reference, with `canal_gap_mm` between a piece and the
    nearest other one. A canal that ends too early is a border error. The amount is the length of the longest gap.
    """
    for leaf in match.group(CANAL):
        gaps = _gaps_by_height(match, leaf, options) or _gaps_by_piece(match, leaf, options)
        if gaps:
            longest_mm, where = max(gaps, key=lambda gap: gap[0])
            count = "a gap" if len(gaps) == 1 else f"{len(gaps)} gaps, the longest"
            detail = f"{match.leaves[leaf].name}: {count} of {longest_mm:.0f} mm"
            yield match.finding(MODE, [leaf], (longest_mm, "mm"), detail, where)


def _gaps_by_height(match: Matching, leaf: int, options: FailureOptions) -> list[Gap]:
    real = (match.reference.owner == leaf)[match.reference.ids]
    hit = real & (match.prediction.owner == leaf)[match.prediction.ids]
    size, covered = real.sum(axis=(0, 1)), hit.sum(axis=(0, 1))
    good = (size > 0) & (covered >= options.canal_row_fraction * size)
    if not good.any():
        return []
    heights = np.arange(len(good))
    inner = (heights > good.argmax()) & (heights < len(good) - good[::-1].argmax())
    runs = ndimage.find_objects(ndimage.label(inner & ~good & (size > 0))[0])
    gaps = [((run.stop - run.start) * match.spacing_mm[2], run) for (run,) in runs]
    everything = (slice(0, real.shape[0]), slice(0, real.shape[1]))
    return [(mm, ((*everything, run), real[:, :, run])) for mm, run in gaps if mm >= options.canal_gap_mm]


def _gaps_by_piece(match: Matching, leaf: int, options: FailureOptions) -> list[Gap]:
    real = match.reference.of([leaf])
    least = options.canal_piece_fraction * match.reference.voxels[real].sum()
    hits = match.overlap[:, real].sum(axis=1)
    pieces = [piece for piece in match.prediction.of([leaf]) if hits[piece] >= max(least, 1)]
    if len(pieces) <= max(1, np.count_nonzero(match.reference.voxels[real] >= least)):
        return []
    pieces.sort(key=lambda piece: hits[piece])
    edges = {piece: _edge_mm(match, piece) for piece in pieces}
    # Distances are between centres of voxels; what is free between them is a voxel less.
    voxel_mm = min(match.spacing_mm[1:])
    gaps = [(_between_mm(edges, piece) - voxel_mm, match.prediction.cut_out(piece)) for piece in pieces[:-1]]
    return [gap for gap in gaps if gap[0] >= options.canal_gap_mm]


def _edge_mm(match: Matching, piece: int) -> np.ndarray:
    """Places of the outer voxels of a piece, (n, 3) in mm."""
    box, mask = match.prediction.cut_out(piece)
    padded = np.pad(mask, 1)
    edge = padded & ~ndimage.binary_erosion(padded)
    return (np.argwhere(edge) + [span.start for span in box]) * match.spacing_mm


def _between_mm(edges: dict[int, np.ndarray], piece: int) -> float:
    others = np.concatenate([edge for other, edge in edges.items() if other != piece])
    return float(cKDTree(others).query(edges[piece])[0].min())
