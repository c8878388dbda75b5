"""What the command makes of models, data sets and plans that do not fit, before it writes anything."""

from __future__ import annotations

import copy
import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from nnunet_spine.cli import main
from nnunet_spine.finetuning import run as run_module
from nnunet_spine.finetuning.checkpoints import epoch_to_go_on_with
from nnunet_spine.finetuning.model import TrainedModel, classes_of, model_named
from nnunet_spine.finetuning.network import find_trainer, new_heads
from nnunet_spine.finetuning.plans import plans_for
from nnunet_spine.finetuning.preparation import Target
from nnunet_spine.finetuning.start import STORED_AS, begun_run, write_start
from nnunet_spine.plumbing.datasets import RawDataset, find_raw_dataset, read_raw_dataset

from ..nnunet_fixtures import DATASET
from .conftest import MODEL_TRAINER

TUNED = "nnUNetTrainerRealSpineReportUNetFineTune"


@pytest.fixture
def trained(model: Path) -> TrainedModel:
    return model_named(str(model))


@pytest.fixture
def own_folder(nnunet_folders: Path) -> Path:
    return nnunet_folders / "nnUNet_preprocessed" / DATASET


@pytest.fixture
def files(nnunet_folders: Path) -> Callable[[], set[Path]]:
    return lambda: set(nnunet_folders.rglob("*"))


def test_a_model_is_read_from_its_fold_or_its_checkpoint(model: Path):
    by_fold, by_file = model_named(str(model)), model_named(str(model / "checkpoint_final.pth"))
    assert by_fold.sha256 == by_file.sha256
    assert (by_fold.trainer, by_fold.configuration) == (MODEL_TRAINER, "2d")
    assert (by_fold.dataset, by_fold.plans_name) == (DATASET, "nnUNetPlans")


def test_the_data_set_of_the_model_needs_no_other_plans(
    model: Path, nnunet_folders: Path, own_folder: Path, commands: list[str]
):
    before = {file: file.stat().st_mtime_ns for file in own_folder.rglob("*") if file.is_file()}
    with pytest.raises(FileNotFoundError, match="checkpoint_final"):  # the command that would make it is not run
        main_raising(["finetune", str(model), "-d", "7", "-f", "0", "--patients", "2", "--device", "cpu"])
    name = f"{TUNED}_2patients"
    assert commands == [f"nnUNetv2_train 007 2d 0 -tr {name} -p nnUNetPlans -device cpu --c"]
    output = nnunet_folders / "nnUNet_results" / DATASET / f"{name}__nnUNetPlans__2d" / "fold_0"
    assert (output / "checkpoint_latest.pth").exists()
    assert {file: file.stat().st_mtime_ns for file in own_folder.rglob("*") if file.is_file()} == before


def test_a_run_with_a_seed_is_trained_by_the_step_that_has_one(model: Path, commands: list[str]):
    arguments = ["finetune", str(model), "-d", "7", "-f", "0", "--patients", "3", "--device", "cpu"]
    with pytest.raises(FileNotFoundError, match="checkpoint_final"):
        main_raising([*arguments, "--seed", "4", "--processes", "2"])
    what = f"007 2d 0 -tr {TUNED}_3patients -p nnUNetPlans -device cpu --seed 4 --threads 2"
    assert commands == [f"python -m nnunet_spine.steps.train {what}"]


def main_raising(arguments: list[str]) -> None:
    """The command without what `main` makes of errors."""
    from nnunet_spine.cli import build_parser

    args = build_parser().parse_args(arguments)
    args.run(args)


def test_plans_with_another_patch_share_the_preprocessed_data(trained: TrainedModel, own_folder: Path):
    plans = copy.deepcopy(trained.plans)
    plans["configurations"]["2d"]["patch_size"] = [16, 16]
    moved = plans_for(replace(trained, plans=plans), find_raw_dataset(DATASET), own_folder, None)
    assert moved["plans_name"] == "nnUNetPlansFrom007"
    assert moved["configurations"]["2d"] == plans["configurations"]["2d"]
    plans["configurations"]["2d"]["spacing"] = [2.0, 2.0]
    moved = plans_for(replace(trained, plans=plans), find_raw_dataset(DATASET), own_folder, None)
    assert moved["configurations"]["2d"]["data_identifier"] == "nnUNetPlansFrom007_2d"


def test_other_plans_of_the_user_are_not_replaced(trained: TrainedModel, hospital: Path, tmp_path: Path):
    mine = tmp_path / "nnUNetPlansFrom007.json"
    mine.write_text("{}")
    with pytest.raises(ValueError, match="other plans than those of the model"):
        plans_for(trained, read_raw_dataset(hospital), tmp_path, None)
    assert plans_for(trained, read_raw_dataset(hospital), tmp_path, "Mine")["plans_name"] == "Mine"
    assert mine.read_text() == "{}"


@pytest.fixture
def plain(hospital: Path) -> Iterator[Path]:
    """The other hospital's data set with a dataset.json as most are written, which names no reader of images."""
    folder = shutil.copytree(hospital, hospital.with_name("Dataset009_Plain"))
    description = json.loads((folder / "dataset.json").read_text())
    needed = ("channel_names", "labels", "numTraining", "file_ending")
    (folder / "dataset.json").write_text(json.dumps({key: description[key] for key in needed}))
    yield folder
    shutil.rmtree(folder)


def test_images_are_read_as_the_model_s_were_whatever_dataset_json_implies(trained: TrainedModel, plain: Path):
    """nnU-Net's own choice would be SimpleITKIO, which leaves the axes as they are stored."""
    moved = plans_for(trained, read_raw_dataset(plain), plain, None)
    assert moved["image_reader_writer"] == "NibabelIOWithReorient"


def test_files_that_the_model_s_reader_cannot_read_are_refused(trained: TrainedModel, hospital: Path, tmp_path: Path):
    raw = read_raw_dataset(hospital)
    raw = replace(raw, description={**raw.description, "file_ending": ".mha"})
    with pytest.raises(ValueError, match=r"NibabelIOWithReorient, which .* not \.mha.*nnunet-spine prepare"):
        plans_for(trained, raw, tmp_path, None)


@pytest.mark.parametrize("labels", [{"background": 0, "spine": 1, "canal": 2}, None])
def test_for_other_classes_all_but_the_heads_are_carried_over(trained, own_folder, nnunet_folders, labels):
    """Other classes are others in number, or in name only."""
    raw = find_raw_dataset(DATASET)
    labels = labels or {f"{name}_x" if value == 1 else name: value for name, value in raw.labels.items()}
    raw = RawDataset(raw.folder, {**raw.description, "labels": labels})
    target = Target(raw, own_folder, copy.deepcopy(dict(trained.plans)), "2d", 0, 1)
    trainer = find_trainer(f"{TUNED}_1x1iter")
    heads = new_heads(trainer, trained, target.plans, raw.description)
    results = nnunet_folders / "nnUNet_results" / DATASET / f"{TUNED}_1x1iter__nnUNetPlans__2d"

    def started_with(seed: int | None) -> dict[str, torch.Tensor]:
        write_start(trainer, target, trained, heads, "cpu", seed)
        return torch.load(results / "fold_0" / "checkpoint_latest.pth", weights_only=False)["network_weights"]

    started = started_with(None)
    assert {key.rpartition(".")[2] for key in heads} == {"weight", "bias"}
    assert len(heads) < 0.1 * len(started)
    assert all(started[key].shape[0] == len(set(labels) - {"ignore"}) for key in heads)
    for key, value in started.items():
        assert key in heads or torch.equal(value, trained.weights[key])
    new = [key for key in heads if key.endswith("weight")]
    assert not any(torch.equal(started[key], trained.weights[key]) for key in new)
    one, same, other = (started_with(seed) for seed in (1, 1, 2))
    assert all(torch.equal(one[key], same[key]) for key in new)
    assert not any(torch.equal(one[key], other[key]) for key in new)


def test_classes_are_compared_without_the_ignore_label_and_regions_in_their_order():
    numbers = {"background": 0, "a": 1, "b": 2}
    turned = dict(reversed(numbers.items()))
    assert classes_of({"labels": numbers | {"ignore": 3}}) == classes_of({"labels": turned})
    regions = {"background": 0, "a": [1, 2], "b": [2]}
    assert classes_of({"labels": regions}) != classes_of({"labels": dict(reversed(regions.items()))})


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["MODEL/nothing", "-d", "7", "-f", "0"], "nothing: no such model; expected a file of nnunet-spine export"),
        (["MODEL/../plans.json", "-d", "7", "-f", "0"], "plans.json: not a zip file, or damaged"),
        (["MODEL", "-d", "99", "-f", "0"], "data set 99: not in"),
        (["MODEL", "-d", "7", "-f", "0", "--patients", "0"], "patients: expected at least 1"),
        (["MODEL", "-d", "7", "-f", "0", "--patients", "9"], "fold 0: patients: expected 1 to 4"),
        (["MODEL", "-d", "8", "-f", "0", "--patients", "9"], "fold 0: patients: expected 1 to 4"),
        (["MODEL", "-d", "8", "-f", "9"], "fold 9 of Dataset008_Hospital: expected 0 to 4, or all"),
        (["MODEL", "-d", "7", "-f", "0", "--average", "2"], "from 0"),
        (["MODEL", "-d", "7", "-f", "0", "--num-gpus", "2", "--device", "cpu"], "number of GPUs"),
        (["MODEL", "-d", "7", "-f", "0", "--num-gpus", "2", "--seed", "1"], "seed: expected 0 or more, and one GPU"),
        (["MODEL", "-d", "7", "-f", "0", "--trainer", "nnUNetTrainerRealSpin"], "did you mean nnUNetTrainerRealSpine?"),
        (["MODEL", "-d", "7", "-f", "0", "--trainer", "nnUNetTrainerRealSpine"], "has another network than the model"),
    ],
)
def test_wrong_input_ends_with_a_message_and_leaves_nothing(
    arguments, message, model, hospital, commands, files, capsys
):
    before = files()
    assert main(["finetune", *(each.replace("MODEL", str(model)) for each in arguments)]) == 2
    assert message in (error := capsys.readouterr().err)
    assert error.count("\n") == 1
    assert commands == []
    assert files() == before


@pytest.mark.parametrize("fold", ["first", "-1", "1.5"])
def test_a_fold_is_a_number_or_all(fold: str, capsys):
    with pytest.raises(SystemExit) as stop:
        main(["finetune", "MODEL", "-d", "7", f"--fold={fold}"])
    assert stop.value.code == 2
    assert "expected a number, or all" in capsys.readouterr().err


def test_a_run_that_began_otherwise_is_not_gone_on_with(model: Path, commands: list[str], capsys):
    arguments = ["finetune", str(model), "-d", "7", "-f", "0", "--trainer", MODEL_TRAINER, "--device", "cpu"]
    assert main(arguments) == 2
    assert "holds a run that did not start from a trained model" in capsys.readouterr().err


def test_a_run_goes_on_from_its_best_checkpoint_if_the_latest_is_broken(trained: TrainedModel, tmp_path: Path):
    content = torch.load(trained.checkpoint, weights_only=False)
    content["init_args"][STORED_AS] = {"checkpoint": str(trained.checkpoint), "sha256": trained.sha256}
    torch.save(content, tmp_path / "checkpoint_best.pth")
    (tmp_path / "checkpoint_latest.pth").write_bytes(b"cut off")
    assert epoch_to_go_on_with(tmp_path) == content["current_epoch"]
    assert begun_run(tmp_path, trained) == tmp_path / "checkpoint_best.pth"


def test_preprocessed_data_of_other_labels_is_refused(trained: TrainedModel, tmp_path: Path):
    description = {"labels": {"background": 0, "a": 1}, "channel_names": {"0": "MRI"}}
    (tmp_path / "dataset.json").write_text(json.dumps(description | {"labels": {"background": 0}}))
    with pytest.raises(ValueError, match=r"labels are .* preprocess the data set anew"):
        Target(RawDataset(tmp_path, description), tmp_path, {}, "2d", 0, 1).check(trained)


def test_a_model_of_other_channels_is_refused_and_both_are_said(trained: TrainedModel, plain: Path):
    raw = read_raw_dataset(plain)
    raw = replace(raw, description={**raw.description, "channel_names": {"1": "T2", "0": "T1"}})
    with pytest.raises(ValueError, match=r"Dataset009_Plain: .* the model has, 1 \(MRI\), got 2 \(T1, T2\)"):
        Target(raw, plain, dict(trained.plans), "2d", 0, 1).check(trained)


def test_other_names_of_channels_and_new_folds_are_said(
    model: Path, plain: Path, nnunet_folders: Path, monkeypatch, capsys
):
    description = json.loads((plain / "dataset.json").read_text()) | {"channel_names": {"0": "CT"}}
    (plain / "dataset.json").write_text(json.dumps(description))
    (plain / "splits_final.json").unlink()

    def stop(command: tuple[str, ...]) -> None:
        raise run_module.CommandFailedError(1)

    monkeypatch.setattr(run_module, "run_command", stop)
    try:
        assert main(["finetune", str(model), "-d", "9", "-f", "0", "--device", "cpu"]) == 1
    finally:
        shutil.rmtree(nnunet_folders / "nnUNet_preprocessed" / plain.name)
    printed = capsys.readouterr().out
    assert "The channels are ['CT'], the model's are ['MRI']" in printed
    assert "Dataset009_Plain has no splits_final.json: 5 folds are made, by patient.\n" in printed


def test_a_configuration_may_inherit(model: Path, own_folder: Path, tmp_path: Path):
    """Nothing of a configuration need stand in it: neither its folder of data nor that it is of a cascade."""
    fold = shutil.copytree(model, tmp_path / "model" / "fold_0")
    plans = json.loads((model.parent / "plans.json").read_text())
    plans["configurations"]["2d_small"] = {"inherits_from": "2d", "batch_size": 2}
    shutil.copy(model.parent / "dataset.json", fold.parent)
    checkpoint = torch.load(fold / "checkpoint_final.pth", weights_only=False)
    checkpoint["init_args"]["configuration"] = "2d_small"
    torch.save(checkpoint, fold / "checkpoint_final.pth")

    (fold.parent / "plans.json").write_text(json.dumps(plans))
    read = model_named(str(fold))
    target = Target(find_raw_dataset(DATASET), own_folder, dict(read.plans), read.configuration, 0, 1)
    assert target.data == own_folder / "nnUNetPlans_2d"
    assert target.is_prepared()
    plans["configurations"]["2d"]["previous_stage"] = "3d_lowres"
    (fold.parent / "plans.json").write_text(json.dumps(plans))
    with pytest.raises(ValueError, match="second stage of a cascade"):
        model_named(str(fold))
