import pytest
import torch

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


def test_what_keys_mean_is_shown(capsys):
    assert main(["recipe", "--keys"]) == 0
    assert capsys.readouterr().out == markdown()


@pytest.mark.parametrize(
    ("source", "message"),
    [("spin", "did you mean spine?"), ("none.yaml", "cannot be read"), ("none.pth", "No such file")],
)
def test_what_cannot_be_shown_is_told(source, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["recipe", source]) == 2
    assert message in capsys.readouterr().err
