"""Fine-tuning from a trained model to a checkpoint for prediction; every step is skipped if it is done."""

from __future__ import annotations

import shlex
import subprocess
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from nnunet_spine.dataset_conversion.nnunet_raw import NnunetFolders
from nnunet_spine.finetuning.average import factor_of, require_factor, write_average
from nnunet_spine.finetuning.checkpoints import epoch_to_go_on_with
from nnunet_spine.finetuning.device import TrainingDevice, training_device
from nnunet_spine.finetuning.model import TrainedModel, channels_of, model_named
from nnunet_spine.finetuning.network import find_trainer, new_heads
from nnunet_spine.finetuning.plans import plans_for, variables
from nnunet_spine.finetuning.preparation import Command, Target
from nnunet_spine.finetuning.rehearsal import rehearse
from nnunet_spine.finetuning.remarks import remarks_on_data, remarks_on_fold
from nnunet_spine.finetuning.start import begun_run, write_start
from nnunet_spine.finetuning.trainer_names import tuned_name
from nnunet_spine.plumbing.datasets import find_raw_dataset
from nnunet_spine.plumbing.lock import exclusive
from nnunet_spine.plumbing.names import FINAL
from nnunet_spine.plumbing.pool import require_positive
from nnunet_spine.plumbing.programs import of_this_environment

AVERAGED = "checkpoint_averaged.pth"
DEFAULT_FACTOR = 0.5


@dataclass(frozen=True)
class FineTuning:
    """What is asked for.

    Attributes:
        model: what a user calls it, with one fold; see `nnunet_spine.prediction.model.located`.
        dataset_id: of the data set to train on, in nnUNet_raw.
        fold: number of the fold, or `all`.
        patients: how many to train on; None for all of the fold.
        trainer: name of the trainer instead of the one made of the model's; it says its number of patients itself.
        average: share of the weights after in the averaged ones; None for 0.5 where that is possible.
        plans: name of the moved plans; None for one made of the model's.
        device: see `nnunet_spine.steps.device.device_named`.
        num_gpus: for parallel training.
        processes: of preprocessing, and with a seed threads of the training on the CPU.
        seed: of the training; None for none.

    Raises:
        ValueError: for what cannot be.
    """

    model: str
    dataset_id: int
    fold: int | str = 0
    patients: int | None = None
    trainer: str | None = None
    average: float | None = None
    plans: str | None = None
    device: str = "auto"
    num_gpus: int = 1
    processes: int = 1
    seed: int | None = None

    def __post_init__(self) -> None:
        if self.fold != "all" and not (isinstance(self.fold, int) and self.fold >= 0):
            raise ValueError(f"fold: expected a number from 0, or all; got {self.fold!r}")
        if self.patients is not None and self.trainer is not None:
            raise ValueError("a trainer says its number of patients in its name: ..._5patients; give no other number")
        if self.average is not None:
            require_factor(self.average)
        if self.num_gpus < 1:
            raise ValueError(f"number of GPUs: expected at least 1, got {self.num_gpus}")
        if self.seed is not None and (self.seed < 0 or self.num_gpus > 1):
            raise ValueError(f"seed: expected 0 or more, and one GPU; got {self.seed}, GPUs: {self.num_gpus}")
        require_positive(self.processes)


class CommandFailedError(Exception):
    """A command of nnU-Net ended with this exit code; it has said why."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def fine_tune(asked: FineTuning) -> int:
    """Move the plans, preprocess, start from the model's weights, train, average, and say how to predict.

    Returns:
        0, or the exit code of the command of nnU-Net that failed.

    Raises:
        ValueError: for input that cannot be used; nothing is written then.
        NotImplementedError: if the trainer refuses the plan or the data, before anything is written too.
    """
    folders, device = NnunetFolders.from_environment(), training_device(asked.device, asked.num_gpus)
    if folders.results is None:
        raise ValueError("nnUNet_results not set: export it with the path of the folder for trained models")
    model, raw = model_named(asked.model), find_raw_dataset(asked.dataset_id)
    folder = folders.preprocessed / raw.name
    plans = plans_for(model, raw, folder, asked.plans)
    target = Target(raw, folder, plans, model.configuration, asked.fold, asked.processes)
    trainer = asked.trainer or tuned_name(model.trainer, asked.patients)
    run = _Run(asked, device, model, target, trainer, folders.results)
    try:
        run.run()
    except CommandFailedError as error:
        return error.code
    return 0


@dataclass(frozen=True)
class _Run:
    asked: FineTuning
    device: TrainingDevice
    model: TrainedModel
    target: Target
    trainer: str
    results: Path

    @property
    def output(self) -> Path:
        """The folder that nnU-Net puts the run into."""
        name = f"{self.trainer}__{self.target.plans_name}__{self.target.configuration}"
        return self.results / self.target.raw.name / name / f"fold_{self.asked.fold}"

    @property
    def finished(self) -> bool:
        """Whether the training and its validation are done."""
        return (self.output / FINAL).is_file() and (self.output / "validation" / "summary.json").is_file()

    def run(self) -> None:
        """All steps."""
        self.target.check(self.model)
        trainer = find_trainer(self.trainer)
        heads = new_heads(trainer, self.model, self.target.plans, self.target.raw.description)
        if heads and self.asked.average is not None:
            raise ValueError("averaging: the classes are not the model's, whose heads cannot be averaged; leave it out")
        if self.output.is_dir():
            with self._alone():
                epoch_to_go_on_with(self.output)
        begun_run(self.output, self.model)
        if not self.finished:
            self.target.check_data()
            rehearse(trainer, self.target)
        self._introduce(heads)
        if not self.finished and not self.target.is_prepared():
            with exclusive(self.target.folder / ".finetune.lock", str(self.target.folder)):
                self.target.prepare(run_command)
        with self._alone():
            self._train(trainer, heads)
            self._average(heads)
        self._tell()

    def _alone(self) -> AbstractContextManager[None]:
        return exclusive(self.output.with_name(f".{self.output.name}.lock"), str(self.output))

    def _introduce(self, heads: set[str]) -> None:
        print(f"From {self.model.checkpoint} ({self.model.trainer})")
        print(f"to   {self.output}")
        own, others = channels_of(self.target.raw.description), channels_of(self.model.description)
        if own != others:
            print(f"The channels are {own}, the model's are {others}: they are normalised as the model's were.")
        if heads:
            print("The classes are not the model's: all weights are carried over but the heads, which start anew.")
        if not self.finished:
            for line in remarks_on_fold(self.model, self.target):
                print(line)
        for line in remarks_on_data(self.target, self.output):
            print(line)

    def _train(self, trainer: type, heads: set[str]) -> None:
        if begun_run(self.output, self.model) is None:
            write_start(trainer, self.target, self.model, heads, self.device.type, self.asked.seed)
        if self.finished:
            print("Trained and validated before.")
            return
        for name, value in self.device.variables.items():
            print(f"\n$ export {name}={value}")
        with variables(**self.device.variables):
            run_command(self._training())

    def _training(self) -> Command:
        """nnU-Net's command, which has no seed; else the step that has one."""
        what = (*self._what(), "-device", self.device.type)
        if self.asked.seed is not None:
            seeded = ("--seed", str(self.asked.seed), "--threads", str(self.asked.processes))
            return ("python", "-m", "nnunet_spine.steps.train", *what, *seeded)
        gpus = ("-num_gpus", str(self.asked.num_gpus)) if self.asked.num_gpus > 1 else ()
        return ("nnUNetv2_train", *what, *gpus, "--c")

    def _what(self) -> Command:
        """Data set, configuration, fold, trainer and plans as arguments."""
        what = (self.target.number, self.target.configuration, str(self.asked.fold))
        return (*what, "-tr", self.trainer, "-p", self.target.plans_name)

    def _average(self, heads: set[str]) -> None:
        if heads:
            print("Weights are not averaged: the model's heads are for other classes.")
            return
        factor = DEFAULT_FACTOR if self.asked.average is None else self.asked.average
        path, final = self.output / AVERAGED, self.output / FINAL
        if path.is_file() and path.stat().st_mtime >= final.stat().st_mtime and factor_of(path) == factor:
            print(f"Averaged before: {path}")
            return
        write_average(self.model.weights, self.model.checkpoint, final, factor, path)
        print(f"{path}: {1 - factor:g} of the weights before and {factor:g} of those after")

    def _tell(self) -> None:
        number, configuration, fold, *trainer_and_plans = self._what()
        device = () if self.device.type == "cuda" else ("-device", self.device.type)
        which = ("-d", number, "-c", configuration, "-f", fold, *trainer_and_plans, *device)
        chosen = AVERAGED if (self.output / AVERAGED).is_file() else FINAL
        line = shlex.join(("nnUNetv2_predict", "-i", "INPUT_FOLDER", "-o", "OUTPUT_FOLDER", *which, "-chk", chosen))
        print(f"\nPredict with\n    {line}")
        if chosen == AVERAGED:
            print(f"and with -chk {FINAL} with the weights after fine-tuning alone.")


def run_command(command: Command) -> None:
    """Say a command and run it.

    Raises:
        CommandFailedError: if it fails.
    """
    print(f"\n$ {shlex.join(command)}", flush=True)
    code = subprocess.run(of_this_environment(command), check=False).returncode
    if code:
        raise CommandFailedError(code)
