"""Folds for cross-validation by patient.

T1 and T2 of a SPIDER patient share one mask, and nnU-Net's own split is by case name: it puts them on different sides,
and the validation Dice is then that of memory.
"""

from __future__ import annotations

import json
import os
import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from nnunet_spine.dataset_conversion.writing import write_json
from nnunet_spine.plumbing.files import read_json

SPLITS = "splits_final.json"
"""The name under which nnU-Net looks for splits in the folder of the preprocessed data set."""

_PREPROCESSED = "nnUNet_preprocessed"

Splits = list[dict[str, list[str]]]

MAX_FOLDS = 5
SEED = 12345
"""nnU-Net's own number of folds and seed."""


@dataclass(frozen=True, order=True)
class SplitCase:
    """What a split has to know of a case."""

    name: str
    patient: str
    sequence: str


def make_splits(cases: Sequence[SplitCase]) -> Splits | None:
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


def find_splits(raw: Path) -> Path | None:
    """The file with the folds of a raw data set: that which nnU-Net has, else that which came with it; None without."""
    return next((file for file in places_of_splits(raw) if file.is_file()), None)


def places_of_splits(raw: Path) -> list[Path]:
    """Where folds of a raw data set may be, those first that count."""
    preprocessed = os.environ.get(_PREPROCESSED)
    folders = [Path(preprocessed, raw.resolve().name), raw] if preprocessed else [raw]
    return [folder / SPLITS for folder in folders]


def read_splits(file: Path) -> Splits:
    """The folds in a file.

    Raises:
        ValueError: if it holds none.
    """
    try:
        return [{side: [str(case) for case in fold[side]] for side in ("train", "val")} for fold in read_json(file)]
    except (KeyError, TypeError):
        raise ValueError(f"{file}: expected a list of folds with the cases of train and val") from None


def fold_of(splits: Splits, fold: int | str, file: Path) -> dict[str, list[str]]:
    """One of the folds of a file.

    Raises:
        ValueError: if there is none of that number.
    """
    if not (str(fold).isdecimal() and int(fold) < len(splits)):
        raise ValueError(f"{file}: expected a fold from 0 to {len(splits) - 1}, got {fold}")
    return splits[int(fold)]


def check_splits_file(folder: Path, splits: Splits | None) -> None:
    """Check that a folder holds no other splits than these.

    Raises:
        ValueError: if it does, so that they are neither overwritten nor trained on.
    """
    path = folder / SPLITS
    if not path.is_file():
        return
    try:
        same = json.loads(path.read_text(encoding="utf-8")) == splits
    except ValueError:
        same = False
    if not same:
        raise ValueError(
            f"{path} exists and holds other splits than those by patient that belong to this data set; "
            "move it away (or choose another id), so that nnU-Net does not train on it"
        )


def put_splits_file(folder: Path, splits: Splits | None) -> None:
    """Put splits where nnU-Net reads them, unless they are there already.

    Raises:
        ValueError: if there are others.
    """
    check_splits_file(folder, splits)
    if splits and not (folder / SPLITS).exists():
        folder.mkdir(parents=True, exist_ok=True)
        write_json(folder / SPLITS, splits)
