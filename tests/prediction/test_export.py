"""The file of a model: small, the same every time, nothing of the machine in it, and nnU-Net's own commands take it."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from nnunetv2.model_sharing.model_import import install_model_from_zip_file

from nnunet_spine.cli import main
from nnunet_spine.dataset_conversion import prepare_inputs
from nnunet_spine.finetuning.average import average_checkpoints, factor_of
from nnunet_spine.finetuning.checkpoints import read_checkpoint
from nnunet_spine.prediction.export import export_model, without_folders
from nnunet_spine.steps.predictor import Predictor

from ..nnunet_fixtures import DATASET
from .test_predict import answer


@pytest.fixture
def installed(model_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folder of nnU-Net's results after its own command installed the file."""
    monkeypatch.setenv("nnUNet_results", str(tmp_path / "results"))
    install_model_from_zip_file(str(model_file))
    return tmp_path / "results"


def test_nnunet_installs_it_and_predicts_the_same(installed: Path, untrained_fold: Path, scans: Path, tmp_path: Path):
    fold = installed / DATASET / untrained_fold.parent.name / untrained_fold.name
    (path, _) = prepare_inputs(scans, tmp_path / "in")
    for name, model in (("original", untrained_fold), ("installed", fold)):
        Predictor([model / "checkpoint_final.pth"], "cpu").predict(path.parent, ["a"], tmp_path / name)
    np.testing.assert_array_equal(*(answer(tmp_path / name / "a.nii.gz") for name in ("original", "installed")))


def test_weights_are_those_of_the_model_and_nothing_else_is_large(installed: Path, untrained_fold: Path):
    before = read_checkpoint(untrained_fold / "checkpoint_final.pth")
    after = read_checkpoint(next(installed.rglob("checkpoint_final.pth")))
    assert before["network_weights"].keys() == after["network_weights"].keys()
    for key, tensor in before["network_weights"].items():
        assert torch.equal(tensor, after["network_weights"][key])
    tensors = {one.data_ptr(): one.numel() * 4 for one in after["network_weights"].values()}
    assert next(installed.rglob("*.pth")).stat().st_size < 1.1 * sum(tensors.values())
    assert {"optimizer_state", "logging", "grad_scaler_state"}.isdisjoint(after)
    assert after["trainer_name"] == before["trainer_name"]
    assert after["inference_allowed_mirroring_axes"] == before["inference_allowed_mirroring_axes"]
    assert after["init_args"]["configuration"] == "2d"


def test_equal_models_give_equal_files(model_file: Path, untrained_fold: Path, tmp_path: Path):
    copy = shutil.copytree(untrained_fold.parents[1], tmp_path / "elsewhere")
    assert main(["export", str(copy / untrained_fold.parent.name), "-o", str(tmp_path / "again.zip")]) == 0
    assert (tmp_path / "again.zip").read_bytes() == model_file.read_bytes()


def test_an_averaged_checkpoint_becomes_the_final_one_and_names_no_folder(untrained_fold: Path, tmp_path: Path):
    model = Path(shutil.copytree(untrained_fold.parent, tmp_path / untrained_fold.parent.name))
    description = json.loads((model / "dataset.json").read_text())
    training = {"1": {"images": [str(tmp_path / "1_0000.nii.gz")], "label": str(tmp_path / "1.nii.gz")}}
    (model / "dataset.json").write_text(json.dumps({**description, "dataset": training}))
    final, averaged = (model / "fold_0" / f"checkpoint_{name}.pth" for name in ("final", "averaged"))
    average_checkpoints(final, final, 0.5, averaged)
    export_model([averaged], tmp_path / "averaged.zip")
    with zipfile.ZipFile(tmp_path / "averaged.zip") as archive:
        archive.extractall(tmp_path / "unpacked")
    files = [path for path in (tmp_path / "unpacked").rglob("*") if path.is_file()]
    assert {path.name for path in files} == {"plans.json", "dataset.json", "checkpoint_final.pth"}
    assert all(str(tmp_path).encode() not in path.read_bytes() for path in files)
    (checkpoint,) = (path for path in files if path.suffix == ".pth")
    assert factor_of(checkpoint) == 0.5
    assert read_checkpoint(checkpoint)["init_args"]["averaged"]["after"] == f"{model.name}/fold_0/checkpoint_final.pth"


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("/home/me/results/D/model/fold_0/x.pth", "model/fold_0/x.pth"),
        (r"C:\Users\me\x.pth", "Users/me/x.pth"),
        (
            {"a": [Path("/a/b"), 3, None], "b": ("2d/x", "# /no/path")},
            {"a": ["a/b", 3, None], "b": ("2d/x", "# /no/path")},
        ),
    ],
)
def test_absolute_paths_lose_their_beginning(value: object, kept: object):
    assert without_folders(value) == kept


def test_a_fold_whose_training_has_not_ended_is_told(untrained_fold: Path, tmp_path: Path, capsys):
    model = shutil.copytree(untrained_fold.parent, tmp_path / untrained_fold.parent.name)
    (model / "fold_1").mkdir()
    assert main(["export", str(model), "-o", str(tmp_path / "new" / "x.zip")]) == 0
    said = capsys.readouterr().out
    assert "x.zip: fold_0; " in said
    assert "warning: left out, because they have no checkpoint_final.pth: fold_1" in said


def test_a_file_that_cannot_be_written_leaves_nothing(untrained_fold: Path, tmp_path: Path, monkeypatch, capsys):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    assert main(["export", str(untrained_fold), "-o", str(tmp_path / "new" / "x.zip")]) == 2
    assert f"No space left on device: {tmp_path}/new" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_exported(untrained_fold: Path, model_file: Path, tmp_path: Path, capsys):
    other = shutil.copytree(untrained_fold.parent, tmp_path / "other")
    (other / "fold_1").mkdir()
    loose = other / "loose" / "checkpoint_final.pth"
    loose.parent.mkdir()
    shutil.copy(untrained_fold / "checkpoint_final.pth", loose)
    for words, message in (
        ([untrained_fold, "-o", tmp_path / "x.tar"], "expected a name that ends in .zip"),
        ([tmp_path, "-o", tmp_path / "x.zip"], "no checkpoint_final.pth there"),
        ([untrained_fold, other, "-o", tmp_path / "x.zip"], "expected folds of one model, got of 2"),
        ([untrained_fold, untrained_fold, "-o", tmp_path / "x.zip"], "expected every fold once, got fold_0, fold_0"),
        ([loose, "-o", tmp_path / "x.zip"], "it lies in loose, which is no folder fold_X of a fold"),
        ([model_file, "-o", tmp_path / "x.zip"], "no checkpoint; expected the folder of a trained model or of one of"),
        ([other / "fold_1", "-o", tmp_path / "x.zip"], "fold_1: no checkpoint_final.pth there"),
        ([untrained_fold, "-o", loose / "x.zip"], f"File exists: {loose}"),
    ):
        assert main(["export", *map(str, words)]) == 2
        error = capsys.readouterr().err
        assert message in error
        assert "nnunet-spine export or" not in error, "that is what predict takes"
    assert not (tmp_path / "x.zip").exists()
