"""Merged vertebrae: one predicted piece is the bodies of two or more."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import numpy as np
from scipy import ndimage

from nnunet_spine.evaluation.failures.matching import Finding, Matching
from nnunet_spine.evaluation.failures.options import FailureOptions
from nnunet_spine.evaluation.failures.pieces import FRONT
from nnunet_spine.labels import VERTEBRA

MODE = "merged vertebrae"
DEFINITION = "one predicted piece covers half of two or more vertebral bodies, joined by a bridge wider than 2 mm"


def merged_vertebrae(match: Matching, options: FailureOptions) -> Iterator[Finding]:
    """Bodies that are apart in the reference and one in the prediction.

    A predicted piece in front of the canal that covers `merged_fraction` of each of several bodies, and still does in
    one piece when all that is thinner than `bridge_mm` is taken off it. In a scheme with one label for all vertebrae
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
            for together, core in _cores(match, piece, inside, options.bridge_mm):
                if _apart(match, together):
                    yield _finding(match, piece, together, core, options)


def _cores(match: Matching, piece: int, bodies: list[int], bridge_mm: float) -> Iterator[tuple[list[int], np.ndarray]]:
    """Bodies that share a core of the piece, and bool in the box of the piece where this core is."""
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
    return ((together, cores == core) for core, together in sharing.items() if len(together) > 1)


def _apart(match: Matching, bodies: list[int]) -> bool:
    """Whether they are several vertebrae: several labels, where there are several."""
    return len(match.group(VERTEBRA)) == 1 or len(set(match.reference.owner[bodies])) > 1


def _finding(match: Matching, piece: int, bodies: list[int], core: np.ndarray, options: FailureOptions) -> Finding:
    owners = list(dict.fromkeys(match.reference.owner[bodies].tolist()))
    as_what = match.leaves[match.prediction.owner[piece]].name
    detail = f"{match.smallest_with(owners).name}: {_names(match, bodies, owners, options)} are one piece of {as_what}"
    box, mask = match.prediction.cut_out(piece)
    bridge = core & ~np.isin(match.reference.ids[box], match.reference.of(match.group(VERTEBRA)))
    where = box, bridge if bridge.any() else mask
    return match.finding(MODE, owners, (len(bodies), "bodies"), detail, where)


def _names(match: Matching, bodies: list[int], owners: list[int], options: FailureOptions) -> str:
    """Such as `bodies 2, 3 of 7 from below`."""
    if len(owners) > 1:
        return " and ".join(match.leaves[owner].name for owner in owners)
    judged = match.judged(owners[0], FRONT, options)
    places = sorted(judged.index(body) + 1 for body in bodies)
    return f"bodies {', '.join(map(str, places))} of {len(judged)} from below"
