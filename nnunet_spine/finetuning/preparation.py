"""Plans, fingerprint and preprocessed data of the data set to fine-tune on, each made only where it is not there."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from nnunet_spine.dataset_conversion.splits import SPLITS
from nnunet_spine.finetuning.plans import Plans
from nnunet_spine.plumbing.datasets import RawDataset
from nnunet_spine.plumbing.files import write_text

Command = tuple[str, ...]


@dataclass(frozen=True)
class Target:
    """What a model is fine-tuned on.

    Attributes:
        raw: the data set in nnUNet_raw.
        folder: where its preprocessed data goes.
        plans: to train with.
        configuration: nnU-Net's, such as `2d`.
        processes: of fingerprint and preprocessing.
    """

    raw: RawDataset
    folder: Path
    plans: Plans
    configuration: str
    processes: int

    @property
    def number(self) -> str:
        """Id of the data set."""
        return self.raw.name[len("Dataset") :][:3]

    @property
    def plans_name(self) -> str:
        """Name of the plans."""
        return self.plans["plans_name"]

    def check(self) -> None:
        """Refuse preprocessed data of another data set than the raw one.

        Raises:
            ValueError: if its labels or channels are others.
        """
        path = self.folder / "dataset.json"
        if not path.is_file():
            return
        there = json.loads(path.read_text(encoding="utf-8"))
        for key in ("labels", "channel_names"):
            if there.get(key) != self.raw.description[key]:
                raise ValueError(
                    f"{path}: {key} are {there.get(key)}, those of {self.raw.folder} are {self.raw.description[key]}; "
                    "preprocess the data set anew"
                )

    def is_prepared(self) -> bool:
        """Whether nothing is left to make."""
        files = ("dataset_fingerprint.json", "dataset.json", f"{self.plans_name}.json")
        return all((self.folder / name).is_file() for name in files) and self._is_preprocessed()

    def prepare(self, run: Callable[[Command], None]) -> None:
        """Make what is not there.

        Args:
            run: runs a command of nnU-Net, or raises what stops everything.
        """
        for command in self._commands():
            run(command)

    def _commands(self) -> Iterator[Command]:
        if not (self.folder / "dataset_fingerprint.json").is_file():
            options = ("-np", str(self.processes), "--verify_dataset_integrity")
            yield ("nnUNetv2_extract_fingerprint", "-d", self.number, *options)
        self._put_files()
        if not self._is_preprocessed():
            options = ("-plans_name", self.plans_name, "-c", self.configuration, "-np", str(self.processes))
            yield ("nnUNetv2_preprocess", "-d", self.number, *options)

    def _put_files(self) -> None:
        """The plans, and what nnU-Net's planning copies beside them; files that are there stay."""
        files = {f"{self.plans_name}.json": json.dumps(self.plans, indent=4)}
        for name in ("dataset.json", SPLITS):
            if (self.raw.folder / name).is_file():
                files[name] = (self.raw.folder / name).read_text(encoding="utf-8")
        for name, text in files.items():
            if not (self.folder / name).exists():
                write_text(self.folder / name, text)

    def _is_preprocessed(self) -> bool:
        """Whether every case has its last file; a killed run of nnU-Net leaves some without."""
        data = self.folder / self.plans["configurations"][self.configuration]["data_identifier"]
        labels = self.folder / "gt_segmentations"
        ending = self.raw.description["file_ending"]
        names = [case.name for case in self.raw.cases()]
        return all((data / f"{name}.pkl").is_file() and (labels / f"{name}{ending}").is_file() for name in names)
