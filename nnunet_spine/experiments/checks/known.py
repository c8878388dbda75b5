"""What names and tables tell of data sets before anything is made of them: cases, patients, classes, folds."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from nnunet_spine.dataset_conversion.splits import SplitCase, Splits
from nnunet_spine.plumbing.wording import counted


@dataclass(frozen=True)
class Known:
    """What is known of a data set.

    Attributes:
        labels: name and value, or values, of every class; nnU-Net's ignore label is none.
        scheme: of SPIDER's labels that the classes are of; None for a data set that was there before.
        channels: how many an image has.
        ending: of the files.
        training: cases that folds are made of.
        others: cases that are in no fold.
        splits: the folds; None where there are too few patients.
    """

    labels: Mapping[str, Any]
    scheme: str | None
    channels: int
    ending: str
    training: tuple[SplitCase, ...]
    others: tuple[SplitCase, ...]
    splits: Splits | None

    @property
    def kind(self) -> str:
        """Of the images, in words: what nnU-Net's prediction needs to be that of the training."""
        return f"images of {counted(self.channels, 'channel')} that end in {self.ending}"

    @property
    def folds(self) -> int:
        """How many there are."""
        return len(self.splits or ())

    @property
    def sequences(self) -> list[str]:
        """Of all cases."""
        return sorted({case.sequence for case in self.cases()})

    def cases(self, sequences: Collection[str] = ()) -> tuple[SplitCase, ...]:
        """Those of both parts, of some sequences or of all."""
        return tuple(case for case in (*self.training, *self.others) if not sequences or case.sequence in sequences)

    def patients(self, fold: int, part: Literal["train", "val"] = "train") -> set[str]:
        """Whom a fold is trained on, or whom nnU-Net validates it on."""
        patients = {case.name: case.patient for case in self.training}
        return {patients[name] for name in self.splits[fold].get(part, ())}

    def same_classes(self, other: Known) -> bool:
        """Whether labels mean the same; two schemes may call different things by one name."""
        if self.scheme is not None and other.scheme is not None:
            return self.scheme == other.scheme
        return self.labels == other.labels


def classes_of(labels: Mapping[str, Any]) -> dict[str, Any]:
    """Labels that are classes."""
    return {name: value for name, value in labels.items() if name != "ignore"}
