"""Split vertebra: one body is several pieces, or has several labels, in the prediction."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nnunet_spine.evaluation.failures.matching import Finding, Matching
from nnunet_spine.evaluation.failures.options import FailureOptions
from nnunet_spine.evaluation.failures.pieces import FRONT
from nnunet_spine.labels import VERTEBRA

MODE = "split vertebra"
DEFINITION = "two or more predicted pieces or labels cover at least 20 % of the same vertebral body each"


def split_vertebrae(match: Matching, options: FailureOptions) -> Iterator[Finding]:
    """Bodies of which several predicted pieces, whatever their level, cover at least `split_fraction` each.

    Judged in front of the canal alone, since posterior elements are several pieces in many slices. With one label for
    all vertebrae, bodies that touch in the reference are one piece, and a prediction that tells them apart would look
    as if it split them: a piece of more than `single_body` times the median size of the bodies is not judged. The
    amount is the number of parts.
    """
    leaves = match.group(VERTEBRA)
    parts = match.prediction.of(leaves, FRONT)
    for body in _single_bodies(match, leaves, options):
        least = options.split_fraction * match.reference.voxels[body]
        inside = [part for part in parts if match.overlap[part, body] >= least]
        if len(inside) > 1:
            yield _finding(match, body, inside, options)


def _single_bodies(match: Matching, leaves: list[int], options: FailureOptions) -> list[int]:
    bodies = [piece for leaf in leaves for piece in match.judged(leaf, FRONT, options)]
    if len(leaves) > 1 or not bodies:
        return bodies
    sizes = match.reference.voxels[bodies]
    most = options.single_body * np.median(sizes)
    return [body for body, size in zip(bodies, sizes, strict=True) if size <= most]


def _finding(match: Matching, body: int, parts: list[int], options: FailureOptions) -> Finding:
    leaf = int(match.reference.owner[body])
    names = dict.fromkeys(match.leaves[match.prediction.owner[part]].name for part in parts)
    detail = f"{match.leaves[leaf].name}: {match.called(body, options)} is {len(parts)} pieces of {' and '.join(names)}"
    return match.finding(MODE, [leaf], (len(parts), "parts"), detail, match.reference.cut_out(body))
