"""Level shift: a vertebra or disc is found under the label of another level."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from nnunet_spine.evaluation.failures.matching import Finding, Matching
from nnunet_spine.evaluation.failures.options import FailureOptions
from nnunet_spine.labels import DISC, VERTEBRA

MODE = "level shift"
DEFINITION = "neighbouring vertebrae and discs carry labels that are the same number of levels too high or too low"

Shifted = tuple[int, int]
"""By how many levels, and which leaf."""


def level_shifts(match: Matching, options: FailureOptions) -> Iterator[Finding]:
    """Runs of neighbouring levels that are shifted alike; a shift of the whole spine is one failure.

    The level of a vertebra or disc in the prediction is that of the label of its group that covers most of it, and at
    least `level_fraction`. Judged in groups with several levels alone. The amount is the number of levels, whatever the
    direction.
    """
    shifted = [one for group in (VERTEBRA, DISC) for one in _shifted(match, group, options)]
    for by in sorted({by for by, _ in shifted}):
        for run in _runs(match, [leaf for its, leaf in shifted if its == by]):
            yield _finding(match, by, run)


def _shifted(match: Matching, group: str, options: FailureOptions) -> Iterator[Shifted]:
    leaves = [leaf for leaf in match.group(group) if match.leaves[leaf].level is not None]
    for leaf in leaves:
        covered = [match.between([other], [leaf]).sum() for other in leaves]
        best = leaves[int(np.argmax(covered))]
        size = match.reference.voxels[match.reference.of([leaf])].sum()
        if best != leaf and max(covered) >= options.level_fraction * size > 0:
            yield match.leaves[best].level - match.leaves[leaf].level, leaf


def _runs(match: Matching, leaves: list[int]) -> list[list[int]]:
    """Leaves of levels without a gap, from below."""
    leaves = sorted(leaves, key=lambda leaf: match.leaves[leaf].level)
    gaps = [k for k, (a, b) in enumerate(pairwise(leaves), 1) if match.leaves[b].level - match.leaves[a].level > 1]
    return [leaves[start:stop] for start, stop in pairwise([0, *gaps, len(leaves)])]


def _finding(match: Matching, by: int, run: list[int]) -> Finding:
    names = [match.leaves[leaf].name for leaf in run]
    who = names[0] if len(run) == 1 else f"{len(run)} structures from {names[0]} to {names[-1]}"
    detail = f"{who}: labelled {abs(by)} level{'s' * (abs(by) > 1)} too {'high' if by > 0 else 'low'}"
    mask = np.isin(match.reference.ids, match.reference.of(run))
    where = tuple(slice(0, size) for size in mask.shape), mask
    return match.finding(MODE, run, (abs(by), "levels"), detail, where)
