import zipfile
from pathlib import Path

import pytest
import torch

from nnunet_spine import models
from nnunet_spine.cli import main
from nnunet_spine.synth.config import PRESETS
from nnunet_spine.synth.config.files import dump, parse
from nnunet_spine.synth.config.plain import from_dict
from nnunet_spine.synth.config.reference import markdown
from nnunet_spine.training.settings import STORED_AS


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_shown(name, capsys):
    assert main(["recipe", name]) == 0
    assert capsys.readouterr().out == dump(PRESETS[name])


def test_a_file_is_shown_with_all_that_it_left_to_its_preset(tmp_path, capsys):
    (tmp_path / "mine.yaml").write_text("preset: report\nnoise: {rician: 0.5}\n")
    assert main(["recipe", str(tmp_path / "mine.yaml")]) == 0
    assert parse(capsys.readouterr().out, "here") == from_dict({"preset": "report", "noise": {"rician": 0.5}})


def test_the_settings_of_a_checkpoint_are_shown(tmp_path, capsys):
    torch.save({"init_args": {STORED_AS: dump(PRESETS["strong"])}}, tmp_path / "checkpoint_final.pth")
    assert main(["recipe", str(tmp_path / "checkpoint_final.pth")]) == 0
    assert capsys.readouterr().out == dump(PRESETS["strong"])


def zipped(folder: Path, *presets: str) -> Path:
    """A file of a model with a fold of each of these settings."""
    path, model = folder / "mine.zip", "Dataset007_Blocks/nnUNetTrainer__nnUNetPlans__2d"
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("plans.json", "dataset.json"):
            archive.writestr(f"{model}/{name}", "{}")
        for fold, preset in enumerate(presets):
            with archive.open(f"{model}/fold_{fold}/checkpoint_final.pth", "w") as file:
                torch.save({"init_args": {STORED_AS: dump(PRESETS[preset])}}, file)
    return path


def test_the_settings_of_a_model_are_shown_by_its_file_or_the_name_of_an_installed_one(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(models, "FOLDER", tmp_path)
    for source in (str(zipped(tmp_path, "strong", "strong")), "mine"):
        assert main(["recipe", source]) == 0
        assert capsys.readouterr().out == dump(PRESETS["strong"])


def test_folds_of_different_settings_have_none_in_common(tmp_path, capsys):
    assert main(["recipe", str(zipped(tmp_path, "strong", "report"))]) == 2
    assert "mine.zip: its folds were trained with different settings" in capsys.readouterr().err


def test_what_keys_mean_is_shown(capsys):
    assert main(["recipe", "--keys"]) == 0
    assert capsys.readouterr().out == markdown()


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("spin", "did you mean spine?"),
        ("none.yaml", "cannot be read"),
        ("none.pth", "No such file"),
        ("none.zip", "no such model"),
    ],
)
def test_what_cannot_be_shown_is_told(source, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["recipe", source]) == 2
    assert message in capsys.readouterr().err
