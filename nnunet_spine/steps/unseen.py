"""Cases of patients that a fold of a model was not trained on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from nnunet_spine.dataset_conversion.splits import SPLITS, fold_of, read_splits
from nnunet_spine.steps.cases import LabelledCase
from nnunet_spine.training.patients import patients_of


@dataclass(frozen=True)
class TrainedOn:
    """A fold of a data set whose patients have the same names as those of the test.

    Attributes:
        preprocessed: folder of the preprocessed data set, with its splits.
        raw: folder of the raw data set, which may have a record of patients.
        fold: its number.
    """

    preprocessed: Path
    raw: Path
    fold: str

    def patients(self) -> set[str]:
        """Patients of the fold's training part, also of those that a training on fewer patients left out.

        Raises:
            ValueError: if there is no such fold.
        """
        file = self.preprocessed / SPLITS
        return set(patients_of(fold_of(read_splits(file), self.fold, file)["train"], self.raw).values())


def unseen_cases(cases: Sequence[LabelledCase], trained_on: Sequence[TrainedOn], where: Path) -> list[LabelledCase]:
    """The cases of a test whose patients are in no training part.

    Raises:
        ValueError: if there are none.
    """
    seen: set[str] = set().union(*(one.patients() for one in trained_on))
    unseen = [case for case in cases if case.patient not in seen]
    if not unseen:
        patients = len({case.patient for case in cases})
        raise ValueError(f"{where}: nothing to test on, the model was trained on all of its {patients} patients")
    return unseen
