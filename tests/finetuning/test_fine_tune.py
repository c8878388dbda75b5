"""A model is fine-tuned by one command, which goes on where it was stopped, and leaves done things alone."""

from __future__ import annotations

import contextlib
import io
import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import nibabel
import numpy as np
import pytest
import torch

from nnunet_spine.cli import main
from nnunet_spine.dataset_conversion import prepare_inputs
from nnunet_spine.finetuning import run as run_module
from nnunet_spine.finetuning.average import factor_of

from ..nnunet_fixtures import blocks, command, save
from .conftest import HOSPITAL, MODEL_TRAINER, train

TRAINER = "nnUNetTrainerRealSpineReportUNetFineTune_1patient_2x1iter"
CPU = ["--device", "cpu", "--processes", "1"]


@dataclass(frozen=True)
class Tuned:
    """What two calls of the command left; the training of the first was stopped after an epoch."""

    arguments: list[str]
    output: Path
    start: dict
    codes: tuple[int, int]
    printed: str
    commands: list[str]


@pytest.fixture(scope="module")
def tuned(model: Path, hospital: Path, nnunet_folders: Path, tmp_path_factory) -> Tuned:
    arguments = ["finetune", str(model), "-d", "8", "-f", "0", "--trainer", TRAINER, *CPU]
    output = nnunet_folders / "nnUNet_results" / HOSPITAL / f"{TRAINER}__nnUNetPlansFrom007__2d" / "fold_0"
    start, commands, really_run = {}, [], run_module.run_command

    def run_but_be_killed_in_training(line: tuple[str, ...]) -> None:
        commands.append(line[0])
        if line[0] != "nnUNetv2_train":
            really_run(line)
            return
        start.update(torch.load(output / "checkpoint_latest.pth", weights_only=False))
        train(nnunet_folders, TRAINER, epochs=1, folder=HOSPITAL)
        raise run_module.CommandFailedError(137)

    printed = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(printed):
        patch.setenv("nnUNet_n_proc_DA", "1")  # planning fails with the 0 that is right for training in-process
        patch.setattr(run_module, "run_command", run_but_be_killed_in_training)
        first = main(arguments)
        patch.setattr(run_module, "run_command", lambda line: (commands.append(line[0]), really_run(line)))
        second = main(arguments)
    return Tuned(arguments, output, start, (first, second), printed.getvalue(), commands)


def weights(path: Path) -> dict[str, torch.Tensor]:
    return torch.load(path, weights_only=False)["network_weights"]


def test_a_run_starts_from_all_weights_of_the_model_heads_included(tuned: Tuned, model: Path):
    before = weights(model / "checkpoint_final.pth")
    assert tuned.start["network_weights"].keys() == before.keys()
    assert all(torch.equal(tuned.start["network_weights"][key], before[key]) for key in before)
    assert tuned.start["current_epoch"] == 0
    assert tuned.start["trainer_name"] == TRAINER
    assert tuned.start["init_args"]["plans"]["dataset_name"] == HOSPITAL
    assert tuned.start["init_args"]["fine_tuned_from"]["trainer"] == MODEL_TRAINER


def test_plans_come_along_and_the_data_is_preprocessed_once(tuned: Tuned, model: Path, nnunet_folders: Path):
    train = "nnUNetv2_train"
    assert tuned.commands == ["nnUNetv2_extract_fingerprint", "nnUNetv2_preprocess", train, train]
    folder = nnunet_folders / "nnUNet_preprocessed" / HOSPITAL
    plans = json.loads((folder / "nnUNetPlansFrom007.json").read_text())
    before = json.loads((model.parent / "plans.json").read_text())["configurations"]["2d"]
    assert plans["dataset_name"] == HOSPITAL
    assert plans["configurations"]["2d"] == before | {"data_identifier": "nnUNetPlansFrom007_2d"}
    assert sorted(file.stem for file in folder.glob("nnUNetPlansFrom007_2d/*.pkl")) == [f"{n}_t1" for n in range(1, 6)]


def test_a_killed_run_goes_on_by_the_same_command(tuned: Tuned):
    assert tuned.codes == (137, 0)
    log = max(tuned.output.glob("training_log_*.txt"), key=lambda file: file.stat().st_mtime).read_text()
    assert re.findall(r"Epoch (\d+)", log) == ["1"]
    assert "Training on 1 patient (1 of 4 cases)" in log
    final = torch.load(tuned.output / "checkpoint_final.pth", weights_only=False)
    assert (final["current_epoch"], final["trainer_name"]) == (2, TRAINER)
    assert (tuned.output / "validation" / "summary.json").is_file()
    assert not (tuned.output / "checkpoint_latest.pth").exists()


def test_weights_before_and_after_are_averaged(tuned: Tuned, model: Path):
    before, after = (weights(folder / "checkpoint_final.pth") for folder in (model, tuned.output))
    averaged = weights(tuned.output / "checkpoint_averaged.pth")
    trained = [key for key in after if not torch.equal(before[key], after[key])]
    assert len(trained) > len(after) / 2
    for key in trained:
        if after[key].is_floating_point():
            torch.testing.assert_close(averaged[key], (before[key] + after[key]) / 2)


def test_done_things_are_left_alone(tuned: Tuned, nnunet_folders: Path, commands: list[str], capsys):
    folders = [nnunet_folders / f"nnUNet_{name}" / HOSPITAL for name in ("raw", "preprocessed", "results")]

    def times() -> dict[Path, int]:
        return {file: file.stat().st_mtime_ns for folder in folders for file in folder.rglob("*") if file.is_file()}

    before = times()
    assert main(tuned.arguments) == 0
    assert commands == []
    assert times() == before
    assert "Trained and validated before." in capsys.readouterr().out


def test_another_factor_needs_no_training(tuned: Tuned, commands: list[str]):
    averaged = tuned.output / "checkpoint_averaged.pth"
    try:
        assert main([*tuned.arguments, "--average", "0.25"]) == 0
        assert factor_of(averaged) == 0.25
        assert commands == []
    finally:
        assert main(tuned.arguments) == 0
    assert factor_of(averaged) == 0.5


def test_the_command_that_it_prints_predicts(tuned: Tuned, tmp_path: Path):
    image, _ = blocks(9)
    save(tmp_path / "scans" / "new.mha", image, "LPS")
    prepare_inputs(tmp_path / "scans", tmp_path / "in")
    line = re.search(r"Predict with\n\s+(nnUNetv2_predict .*)", tuned.printed)[1]
    assert line.endswith("-chk checkpoint_averaged.pth")
    folders = {"INPUT_FOLDER": str(tmp_path / "in"), "OUTPUT_FOLDER": str(tmp_path / "out")}
    for name, folder in folders.items():
        line = line.replace(name, folder)
    command(f"{line} -npp 1 -nps 1")
    assert len(np.unique(nibabel.load(tmp_path / "out" / "new.nii.gz").dataobj)) > 1


def test_a_run_of_another_model_is_not_gone_on_with(tuned: Tuned, model: Path, commands: list[str], capsys):
    other = model.with_name("fold_1")
    other.mkdir()
    try:
        shutil.copy(tuned.output / "checkpoint_averaged.pth", other / "checkpoint_final.pth")
        assert main(["finetune", str(other), *tuned.arguments[2:]]) == 2
    finally:
        shutil.rmtree(other)
    assert f"holds a run that started from {model / 'checkpoint_final.pth'}; move it away" in capsys.readouterr().err
    assert commands == []
