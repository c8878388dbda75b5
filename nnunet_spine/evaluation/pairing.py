"""Which cases are evaluated, by names: those of the references, or of the validation part of a fold."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from pathlib import Path

from nnunet_spine.dataset_conversion.splits import SPLITS
from nnunet_spine.evaluation.origin import fold_of
from nnunet_spine.plumbing.files import read_json


@dataclass(frozen=True)
class Pairing:
    """Cases that are there, and those that are expected.

    Attributes:
        references: cases that have a reference.
        predictions: cases that have a prediction.
        fold: in whose `fold_X/validation` the predictions lie; None elsewhere.
        part: the cases of the fold's validation; None where no split beside the references tells them.
    """

    references: Set[str]
    predictions: Set[str]
    fold: int | None = None
    part: Set[str] | None = None

    @property
    def pairs(self) -> Set[str]:
        """Cases to evaluate."""
        return self._expected & self.references & self.predictions

    @property
    def without_prediction(self) -> Set[str]:
        """Cases that should have a prediction."""
        return self._expected - self.predictions

    @property
    def without_reference(self) -> Set[str]:
        """Cases that should have a reference."""
        return (self.predictions if self.part is None else self.part) - self.references

    @property
    def foreign(self) -> Set[str]:
        """Predictions of cases that are not of the fold's validation: its model was trained on them."""
        return set() if self.part is None else self.predictions - self.part

    @property
    def _expected(self) -> Set[str]:
        return self.references if self.part is None else self.part


def pairing(reference: Path, prediction: Path, references: Set[str], predictions: Set[str]) -> Pairing:
    """Find out which cases are expected.

    Args:
        reference: folder of the references, beside which nnU-Net keeps splits_final.json.
        prediction: folder of the predictions.
        references: cases that are there.
        predictions: the same.
    """
    folder = prediction.resolve()
    fold = fold_of(folder) if folder.name == "validation" else None
    if fold is None or not fold.isdecimal():
        return Pairing(references, predictions)
    return Pairing(references, predictions, int(fold), _part(reference.resolve().parent / SPLITS, int(fold)))


def _part(splits: Path, fold: int) -> Set[str] | None:
    try:
        return set(read_json(splits)[fold]["val"])
    except (OSError, ValueError, KeyError, IndexError, TypeError):
        return None
