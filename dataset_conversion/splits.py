"""Folds for cross-validation by patient.

T1 and T2 of a SPIDER patient share one mask, and nnU-Net's own split is by case name: it puts them on different sides,
and the validation Dice is then that of memory.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

MAX_FOLDS = 5
SEED = 12345
"""nnU-Net's own number of folds and seed."""


@dataclass(frozen=True, order=True)
class SplitCase:
    """What a split has to know of a case."""

    name: str
    patient: str
    sequence: str


def make_splits(cases: Sequence[SplitCase]) -> list[dict[str, list[str]]] | None:
    """Folds in which no patient is on both sides and every sequence is spread evenly.

    Args:
        cases: the training cases, in any order.

    Returns:
        The content of splits_final.json: for each of up to five folds (fewer with fewer patients) the names for
        `train` and `val`, every case in `val` exactly once. None for fewer than two patients, who cannot be split.
    """
    ordered = sorted(cases)
    folds = min(MAX_FOLDS, len({case.patient for case in ordered}))
    if folds < 2:
        return None
    validation = _stratified(ordered, folds) or _by_size(ordered, folds)
    names = [case.name for case in ordered]
    return [
        {"train": [n for i, n in enumerate(names) if i not in chosen], "val": [names[i] for i in sorted(chosen)]}
        for chosen in validation
    ]


def _stratified(cases: Sequence[SplitCase], folds: int) -> list[set[int]] | None:
    """Validation cases of each fold, None where there are too few to balance sequences."""
    from sklearn.model_selection import StratifiedGroupKFold

    splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=SEED)
    try:
        with warnings.catch_warnings():
            # A sequence with fewer patients than folds is no fault: it is missing from some folds.
            warnings.simplefilter("ignore", UserWarning)
            split = splitter.split(cases, [case.sequence for case in cases], [case.patient for case in cases])
            chosen = [set(validation.tolist()) for _, validation in split]
    except ValueError:
        return None
    return chosen if all(chosen) else None


def _by_size(cases: Sequence[SplitCase], folds: int) -> list[set[int]]:
    from sklearn.model_selection import GroupKFold

    split = GroupKFold(folds).split(cases, groups=[case.patient for case in cases])
    return [set(validation.tolist()) for _, validation in split]
