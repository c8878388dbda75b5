"""Plans, fingerprint and preprocessed data of the data set to fine-tune on, each made only where it is not there."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from nnunetv2.utilities.plans_handling.plans_handler import PlansManager

from nnunet_spine.dataset_conversion.splits import SPLITS, Splits
from nnunet_spine.finetuning.model import TrainedModel, channels_of
from nnunet_spine.finetuning.plans import Plans
from nnunet_spine.plumbing.datasets import RawDataset
from nnunet_spine.plumbing.files import read_json, write_text
from nnunet_spine.plumbing.wording import listed
from nnunet_spine.steps.cases import training_cases
from nnunet_spine.steps.splits import splits_by_patient

Command = tuple[str, ...]


@dataclass(frozen=True)
class Target:
    """What a model is fine-tuned on.

    Attributes:
        raw: the data set in nnUNet_raw.
        folder: where its preprocessed data goes.
        plans: to train with.
        configuration: nnU-Net's, such as `2d`.
        fold: its number, or `all`.
        processes: of fingerprint and preprocessing.
    """

    raw: RawDataset
    folder: Path
    plans: Plans
    configuration: str
    fold: int | str
    processes: int

    @property
    def number(self) -> str:
        """Id of the data set."""
        return self.raw.name[len("Dataset") :][:3]

    @property
    def plans_name(self) -> str:
        """Name of the plans."""
        return self.plans["plans_name"]

    @property
    def data(self) -> Path:
        """Folder of the preprocessed cases."""
        return self.folder / PlansManager(self.plans).get_configuration(self.configuration).data_identifier

    @property
    def split_file(self) -> Path | None:
        """The folds that are there: those beside the preprocessed data, else of the raw data set; None without."""
        return next((file for file in (self.folder / SPLITS, self.raw.folder / SPLITS) if file.is_file()), None)

    @cached_property
    def split(self) -> Splits | None:
        """The folds that nnU-Net is to find: those that are there, else new ones by patient.

        Without a file it is None for `all`, which needs none, and for one patient, whose cases nnU-Net splits itself.

        Raises:
            ValueError: if they cannot be read, or files of training cases are missing.
        """
        if self.split_file is not None:
            return read_json(self.split_file)
        return None if self.fold == "all" else splits_by_patient(training_cases(self.raw))

    def names(self) -> list[str]:
        """Names of the cases that a split is made of."""
        if self._missing():
            return [case.name for case in self.raw.cases()]
        return sorted(file.stem for file in self.data.glob("*.pkl"))

    def check(self, model: TrainedModel) -> None:
        """Refuse what does not fit together.

        Raises:
            ValueError: if the model has another number of channels than the raw data set, or what is preprocessed other
                labels or channels.
        """
        own, others = channels_of(self.raw.description), channels_of(model.description)
        if len(own) != len(others):
            raise ValueError(
                f"{self.raw.folder}: expected as many channels as the model has, {len(others)} ({', '.join(others)}), "
                f"got {len(own)} ({', '.join(own)})"
            )
        self._check_description()

    def check_data(self) -> None:
        """Refuse to replace preprocessed data: nnUNetv2_preprocess begins by deleting what is there.

        Raises:
            ValueError: if cases are missing from data that this command did not begin to preprocess, or are nowhere.
        """
        missing = self._missing()
        nowhere = sorted(set(missing) - {case.name for case in self.raw.cases()}) if missing else []
        if nowhere:
            raise ValueError(f"{SPLITS} of {self.raw.name}: cases that {self.raw.folder} has not: {listed(nowhere, 3)}")
        if missing and not self._begun.exists() and self.data.is_dir() and any(self.data.iterdir()):
            raise ValueError(
                f"{self.data}: expected all cases, here and in gt_segmentations; there are none of "
                f"{listed(missing, 3)}. nnU-Net would delete what is there to preprocess all cases anew; "
                "if it may, type\n"
                f"{moved_away(self.data)}\nand the same command again"
            )

    def outdated(self) -> list[Path]:
        """Images and label maps that are newer than what was preprocessed of them; none where all is made anew."""
        try:
            if self._missing():
                return []
            cases = [case for case in self.raw.cases() if case.name in self._needed()]
        except ValueError:
            return []  # raw data may be gone once it is preprocessed
        made = {case: (self.data / f"{case.name}.pkl").stat().st_mtime for case in cases}
        return [file for case in cases for file in (*case.images, case.label) if file.stat().st_mtime > made[case]]

    def is_prepared(self) -> bool:
        """Whether nothing is left to make."""
        files = ["dataset_fingerprint.json", "dataset.json", f"{self.plans_name}.json"]
        if self.fold != "all" and self.split is not None:
            files.append(SPLITS)
        return all((self.folder / name).is_file() for name in files) and not self._missing()

    def prepare(self, run: Callable[[Command], None]) -> None:
        """Make what is not there.

        Args:
            run: runs a command of nnU-Net, or raises what stops everything.

        Raises:
            ValueError: if data that this command did not begin to preprocess would be replaced.
        """
        processes = ("-np", str(self.processes))
        if not (self.folder / "dataset_fingerprint.json").is_file():
            run(("nnUNetv2_extract_fingerprint", "-d", self.number, *processes, "--verify_dataset_integrity"))
        self._put_files()
        if self._missing():
            self.check_data()
            self._begun.touch()
            what = ("-plans_name", self.plans_name, "-c", self.configuration)
            run(("nnUNetv2_preprocess", "-d", self.number, *what, *processes))
            self._begun.unlink()

    def _check_description(self) -> None:
        path = self.folder / "dataset.json"
        if not path.is_file():
            return
        there = read_json(path)
        for key in ("labels", "channel_names"):
            if there.get(key) != self.raw.description[key]:
                raise ValueError(
                    f"{path}: {key} are {there.get(key)}, those of {self.raw.folder} are {self.raw.description[key]}; "
                    "preprocess the data set anew"
                )

    @property
    def _begun(self) -> Path:
        """A file that is there while this command preprocesses, and after it was killed in doing so."""
        return self.folder / f".{self.data.name}.begun"

    def _put_files(self) -> None:
        """The plans, dataset.json and the folds, or nnU-Net would make some by case; files that are there stay."""
        files = {f"{self.plans_name}.json": json.dumps(self.plans, indent=4)}
        if (self.raw.folder / "dataset.json").is_file():
            files["dataset.json"] = (self.raw.folder / "dataset.json").read_text(encoding="utf-8")
        if self.split is not None:
            files[SPLITS] = json.dumps(self.split, indent=4)
        for name, text in files.items():
            if not (self.folder / name).exists():
                write_text(self.folder / name, text)

    def _missing(self) -> list[str]:
        """The needed cases without their last file; a killed run of nnU-Net leaves some."""
        needed = self._needed()
        labels, ending = self.folder / "gt_segmentations", self.raw.description["file_ending"]
        there = (
            name for name in needed if (self.data / f"{name}.pkl").is_file() and (labels / f"{name}{ending}").is_file()
        )
        return sorted(needed - set(there))

    def _needed(self) -> set[str]:
        """With a split its cases, else all."""
        if self.split is None or self.fold == "all":
            return {case.name for case in self.raw.cases()}
        return {name for fold in self.split for names in fold.values() for name in names}


def moved_away(*folders: Path) -> str:
    """Commands that rename folders, a line each."""
    return "\n".join(f"    mv {shlex.join((str(one), f'{one}.old'))}" for one in folders)
