"""Folds for cross-validation by patient.

T1 and T2 of a SPIDER patient share one mask, and nnU-Net's own split is by case name: it puts them on different sides,
and the validation Dice is then that of memory.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
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
        The content of splits_final.json: for each of up to five folds (fewer with fewer patients) the names for `train`
        and `val`, every case in `val` exactly once. None for fewer than two patients, who cannot be split.
    """
    patients: dict[str, list[SplitCase]] = defaultdict(list)
    for case in sorted(cases):
        patients[case.patient].append(case)
    folds = min(MAX_FOLDS, len(patients))
    if folds < 2:
        return None
    validation = [{case.name for case in chosen} for chosen in _deal(list(patients.values()), folds)]
    names = sorted(case.name for case in cases)
    return [
        {"train": [name for name in names if name not in chosen], "val": [name for name in names if name in chosen]}
        for chosen in validation
    ]


def _deal(patients: list[list[SplitCase]], folds: int) -> list[list[SplitCase]]:
    """Deal shuffled patients out, those with most series first, each to the fold that has least of what they bring.

    An empty fold has least of everything, so none stays empty while there are patients left.
    """
    random.Random(SEED).shuffle(patients)
    hands: list[list[SplitCase]] = [[] for _ in range(folds)]

    def fullness(hand: list[SplitCase], patient: list[SplitCase]) -> tuple[int, int]:
        counts = Counter(case.sequence for case in hand)
        return sum(counts[case.sequence] for case in patient), len(hand)

    for patient in sorted(patients, key=len, reverse=True):
        min(hands, key=lambda hand: fullness(hand, patient)).extend(patient)
    return hands
