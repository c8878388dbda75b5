"""An installed model, or one in a file, is fine-tuned as the folder that it was made of is."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from nnunet_spine import models
from nnunet_spine.cli import main
from nnunet_spine.finetuning import run as run_module
from nnunet_spine.finetuning.model import model_named
from nnunet_spine.finetuning.network import find_trainer, new_heads
from nnunet_spine.finetuning.trainer_names import tuned_name
from nnunet_spine.prediction.export import export_model

from ..nnunet_fixtures import DATASET

TUNED = "nnUNetTrainerRealSpineReportUNetFineTune_4patients"


@pytest.fixture
def file(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The model as a file, which is that of an installed one too."""
    monkeypatch.setattr(models, "FOLDER", tmp_path)
    export_model([model], tmp_path / "blocks.zip")
    return tmp_path / "blocks.zip"


@pytest.fixture
def output(nnunet_folders: Path) -> Iterator[Path]:
    """The folder of the run, which is gone afterwards."""
    folder = nnunet_folders / "nnUNet_results" / DATASET / f"{TUNED}__nnUNetPlans__2d"
    yield folder / "fold_0"
    shutil.rmtree(folder)


def weights(path: Path) -> dict[str, torch.Tensor]:
    return torch.load(path, weights_only=False)["network_weights"]


def test_a_model_is_read_of_its_file_or_by_its_name(model: Path, file: Path):
    folder = model_named(str(model))
    for given in ("blocks", str(file)):
        packed = model_named(given)
        assert packed.checkpoint == file / "fold_0" / "checkpoint_final.pth"
        assert (packed.trainer, packed.configuration) == (folder.trainer, folder.configuration)
        assert (packed.plans, packed.dataset) == (folder.plans, folder.dataset)
        assert all(torch.equal(value, folder.weights[key]) for key, value in packed.weights.items())
    assert model_named(str(model)).sha256 == model_named(str(model.parent)).sha256 == folder.sha256


def test_it_starts_with_its_weights_and_is_averaged_with_them_when_it_is_unpacked_no_more(
    model: Path, file: Path, output: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    before, commands = weights(model / "checkpoint_final.pth"), []

    def train(command: tuple[str, ...]) -> None:
        """All weights grow by 2."""
        commands.append(command[0])
        start = torch.load(output / "checkpoint_latest.pth", weights_only=False)
        assert all(torch.equal(start["network_weights"][key], before[key]) for key in before)
        start["network_weights"] = {key: value + 2 for key, value in before.items()}
        torch.save(start, output / "checkpoint_final.pth")
        (output / "validation").mkdir()
        (output / "validation" / "summary.json").write_text("{}")

    monkeypatch.setattr(run_module, "run_command", train)
    arguments = ["-d", "7", "-f", "0", "--patients", "4", "--device", "cpu"]
    assert main(["finetune", "blocks", *arguments]) == 0
    assert main(["finetune", str(file), *arguments]) == 0
    assert commands == ["nnUNetv2_train"]
    printed = capsys.readouterr().out
    assert f"From {file / 'fold_0' / 'checkpoint_final.pth'} (" in printed
    assert "Trained and validated before." in printed
    averaged = weights(output / "checkpoint_averaged.pth")
    for key, value in before.items():
        if value.is_floating_point():
            torch.testing.assert_close(averaged[key], value + 1)


def test_weights_are_averaged_with_those_of_a_model_by_its_name_or_file(model: Path, file: Path, tmp_path: Path):
    final = model / "checkpoint_final.pth"
    after = shutil.copy(final, tmp_path / "after.pth")
    for number, given in enumerate(("blocks", str(file), str(model), str(final))):
        output = tmp_path / f"{number}.pth"
        assert main(["average", given, str(after), "--factor", "0", "--output", str(output)]) == 0
        assert all(torch.equal(value, weights(final)[key]) for key, value in weights(output).items())
    record = torch.load(tmp_path / "1.pth", weights_only=False)["init_args"]["averaged"]
    assert record["before"] == str(file / "fold_0" / "checkpoint_final.pth")


@pytest.mark.parametrize("name", models.names())
def test_every_installed_model_has_a_trainer_to_go_on_with_and_keeps_its_heads(name: str):
    installed = model_named(name)
    trainer = find_trainer(tuned_name(installed.trainer, patients=1))
    assert new_heads(trainer, installed, installed.plans, installed.description) == set()


def test_folds_are_not_fine_tuned_together(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    both = tmp_path / model.parent.name
    shutil.copytree(model.parent, both)
    shutil.copytree(both / "fold_0", both / "fold_1")
    export_model([both], tmp_path / "both.zip")
    for given, advice in (
        (both, "give the folder of one"),
        (tmp_path / "both.zip", "unpack it and give the folder of"),
    ):
        assert main(["finetune", str(given), "-d", "7", "-f", "0", "--device", "cpu"]) == 2
        assert f"expected a model of one fold, got 2 (fold_0, fold_1): {advice}" in capsys.readouterr().err


def test_what_of_a_file_is_no_model_is_named_by_the_file(file: Path, capsys: pytest.CaptureFixture[str]):
    file.write_bytes(file.read_bytes()[:1000])
    assert main(["finetune", "blocks", "-d", "7", "-f", "0", "--device", "cpu"]) == 2
    assert f"{file}: not a zip file, or damaged" in capsys.readouterr().err
