"""Merged vertebrae: one predicted piece is the bodies of two or more."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import numpy as np
from scipy import ndimage

from nnunet_spine.evaluation.failures.matching import Matching
from nnunet_spine.evaluation.failures.options import FailureOptions
from nnunet_spine.evaluation.failures.pieces import FRONT
from nnunet_spine.evaluation.records import FailureRecord
from nnunet_spine.labels import VERTEBRA

MODE = "merged vertebrae"
DEFINITION = "one predicted piece covers half of two or more vertebral bodies, joined by a bridge wider than 2 mm"


def merged_vertebrae(match: Matching, options: FailureOptions) -> Iterator[FailureRecord]:
    """Bodies that are apart in the reference and one in the prediction.

    A predicted piece in front of the canal that covers `merged_fraction` of each of several bodies, and still does in
    one piece when everything thinner than `bridge_mm` is taken off it. In a scheme with one label for all vertebrae
    bodies are the separate pieces in front of the canal: those that touch in the reference are one and are not judged.
    With a label for each, bodies are told apart by their labels. Posterior elements touch by nature and are not judged.
    The amount is the number of bodies in the piece.
    """
    leaves = match.group(VERTEBRA)
    bodies = [piece for leaf in leaves for piece in match.judged(leaf, FRONT, options)]
    for piece in match.prediction.of(leaves, FRONT):
        enough = options.merged_fraction * match.reference.voxels[bodies]
        inside = [body for body, least in zip(bodies, enough, strict=True) if match.overlap[piece, body] >= least]
        if len(inside) > 1:
            for merged in _still_together(match, piece, inside, options.bridge_mm):
                if _apart(match, merged):
                    yield _failure(match, piece, merged, options)


def _still_together(match: Matching, piece: int, bodies: list[int], bridge_mm: float) -> list[list[int]]:
    """The bodies by the core of the piece that they share."""
    box, mask = match.prediction.cut_out(piece)
    # The box ends where the piece ends, but across sagittal slices the image may end there too, and be a single slice.
    padded = np.pad(mask, ((0, 0), (1, 1), (1, 1)))
    depth_mm = ndimage.distance_transform_edt(padded, sampling=match.spacing_mm)[:, 1:-1, 1:-1]
    # Distances are between centres of voxels; the border lies half a voxel nearer.
    cores, _ = ndimage.label(depth_mm - min(match.spacing_mm[1:]) / 2 > bridge_mm / 2)
    sharing: dict[int, list[int]] = defaultdict(list)
    for body in bodies:
        sizes = np.bincount(cores[match.reference.ids[box] == body])
        sizes[0] = 0
        if sizes.any():
            sharing[int(sizes.argmax())].append(body)
    return [together for together in sharing.values() if len(together) > 1]


def _apart(match: Matching, bodies: list[int]) -> bool:
    """Whether they are several vertebrae: several labels, where there are several."""
    return len(match.group(VERTEBRA)) == 1 or len(set(match.reference.owner[bodies])) > 1


def _failure(match: Matching, piece: int, bodies: list[int], options: FailureOptions) -> FailureRecord:
    owners = list(dict.fromkeys(match.reference.owner[bodies].tolist()))
    structure = match.smallest_with(owners)
    several = len(owners) > 1
    who = [match.leaves[owner].name for owner in owners] if several else [match.called(one, options) for one in bodies]
    as_what = match.leaves[match.prediction.owner[piece]].name
    detail = f"{structure.name}: {' and '.join(who)} are one piece of {as_what}"
    box, mask = match.prediction.cut_out(piece)
    bridge = mask & ~np.isin(match.reference.ids[box], match.reference.of(match.group(VERTEBRA)))
    where = box, bridge if bridge.any() else mask
    return match.record(MODE, structure, (len(bodies), "bodies"), detail, where)
