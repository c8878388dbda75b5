"""The commands of the demo, in order."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from shlex import quote, split

TRAIN_ID, TEST_ID = 501, 502
TEST_NAME = f"Dataset{TEST_ID}_PhantomTest"
SEED = 1


@dataclass(frozen=True)
class DemoSettings:
    """Size of the demo.

    Attributes:
        output: absolute path of the folder that everything goes to.
        patients: patients of the phantom.
        epochs: epochs of each training.
        iterations: iterations of an epoch.
        device: `cpu`, `cuda`, `mps`, or `auto` for a GPU where there is one.

    Raises:
        ValueError: for a number below what the demo needs.
    """

    output: Path
    patients: int
    epochs: int
    iterations: int
    device: str = "auto"

    def __post_init__(self) -> None:
        for name, least in (("patients", 7), ("epochs", 1), ("iterations", 1)):
            if getattr(self, name) < least:
                raise ValueError(f"--{name}: expected at least {least}, got {getattr(self, name)}")

    @property
    def arms(self) -> dict[str, str]:
        """Trainer of each arm of the comparison."""
        length = f"{self.epochs}x{self.iterations}iter"
        return {
            "real T1": f"nnUNetTrainerRealSpineReportUNetMuonCycle_{length}",
            "synthetic": f"nnUNetTrainerSynthSpineReportUNetMuonCycle_{length}",
        }

    def folder(self, variable: str) -> Path:
        """Folder behind one of nnU-Net's variables."""
        return self.output / variable

    @property
    def images(self) -> Path:
        """Test images."""
        return self.folder("nnUNet_raw") / TEST_NAME / "imagesTs"

    @property
    def results(self) -> Path:
        """Folder of the results of all arms."""
        return self.output / "results"

    @property
    def report(self) -> Path:
        """Folder of the report that compares them."""
        return self.output / "report"

    def results_of(self, arm: str) -> Path:
        """Results of an arm."""
        return self.results / f"{arm.replace(' ', '_')}.jsonl"

    @property
    def reference(self) -> Path:
        """Labels of the test images."""
        return self.folder("nnUNet_raw") / TEST_NAME / "labelsTs"

    def predictions(self, trainer: str) -> Path:
        """Predictions of a trainer."""
        return self.output / "predictions" / trainer

    def environment(self) -> dict[str, str]:
        """Variables that the commands run with."""
        variables = ("nnUNet_raw", "nnUNet_preprocessed", "nnUNet_results")
        return (
            {"nnUNet_n_proc_DA": "2", "nnUNet_def_n_proc": "2"}
            | dict(os.environ)
            | {name: str(self.folder(name)) for name in variables}
        )


@dataclass(frozen=True)
class Step:
    """One command: what it does, and its program with the arguments."""

    title: str
    command: tuple[str, ...]


def demo_steps(settings: DemoSettings, device: str) -> Iterator[Step]:
    """The steps in order; `device` is a torch device type."""
    phantom = quote(str(settings.output / "phantom"))
    yield _step(
        "write the phantom",
        f"nnunet-spine phantom {phantom} --patients {settings.patients} --sequences t1 t2 --seed {SEED} --processes 2",
    )
    convert = f"nnunet-spine convert {phantom} --scheme 4class --processes 2"
    yield _step(
        "convert T1 of the training patients",
        f"{convert} --dataset-id {TRAIN_ID} --name PhantomT1 --sequences t1 --subset training",
    )
    yield _step(
        "convert T1 and T2 of the test patients",
        f"{convert} --dataset-id {TEST_ID} --name PhantomTest --sequences t1 t2 --subset validation",
    )
    yield _step(
        "plan and preprocess",
        f"nnUNetv2_plan_and_preprocess -d {TRAIN_ID} -c 2d --verify_dataset_integrity -np 2 -npfp 2 "
        "-gpu_memory_target 1",
    )
    for arm, trainer in settings.arms.items():
        yield from _arm_steps(settings, arm, trainer, device)
    yield _step(
        "compare",
        f"nnunet-spine compare {quote(str(settings.results))} --output {quote(str(settings.report))} --overwrite",
    )


def _arm_steps(settings: DemoSettings, arm: str, trainer: str, device: str) -> Iterator[Step]:
    predictions = quote(str(settings.predictions(trainer)))
    yield _step(f"train on {arm} images", f"nnUNetv2_train {TRAIN_ID} 2d 0 -tr {trainer} -device {device} --c")
    yield _step(
        f"predict T1 and T2 ({arm})",
        f"nnUNetv2_predict -i {quote(str(settings.images))} -o {predictions} -d {TRAIN_ID} -c 2d -f 0 -tr {trainer} "
        f"-device {device} -npp 1 -nps 1",
    )
    yield _step(
        f"score ({arm})",
        f"nnunet-spine evaluate --reference {quote(str(settings.reference))} --prediction {predictions} "
        f"--images {quote(str(settings.images))} --output {quote(str(settings.results_of(arm)))} --arm {quote(arm)} "
        "--processes 1",
    )


def _step(title: str, command: str) -> Step:
    return Step(title, tuple(split(command)))
