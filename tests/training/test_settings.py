from pathlib import Path

import pytest
import torch
import yaml

from nnunet_spine.synth.config import PRESETS
from nnunet_spine.synth.config.files import dump
from nnunet_spine.synth.config.plain import from_dict, to_dict
from nnunet_spine.training.settings import (
    STORED_AS,
    VARIABLE,
    settings_in_checkpoint,
    settings_of_new_run,
    settings_to_continue,
)

SPINE, STRONG = PRESETS["spine"], PRESETS["strong"]


@pytest.fixture(autouse=True)
def _nothing_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv(VARIABLE, raising=False)


@pytest.fixture
def strong_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    (tmp_path / "mine.yaml").write_text("preset: strong")
    monkeypatch.setenv(VARIABLE, str(tmp_path / "mine.yaml"))


def test_a_new_run_has_the_settings_of_its_trainer(monkeypatch):
    settings = {"preset": "report", "noise": {"rician": 0.3}}
    assert settings_of_new_run(lambda: settings, "Trainer") == (from_dict(settings), [])
    monkeypatch.setenv(VARIABLE, "")
    assert settings_of_new_run(dict, "Trainer") == (SPINE, [])
    with pytest.raises(ValueError, match=r"^Trainer: nois: unknown, .* did you mean noise\?"):
        settings_of_new_run(lambda: {"nois": {}}, "Trainer")


@pytest.mark.usefixtures("strong_named")
def test_a_file_that_names_a_preset_begins_from_that_and_what_differs_is_told():
    settings, lines = settings_of_new_run(lambda: {"preset": "report"}, "Trainer")
    assert settings == STRONG
    assert lines[0] == f"{VARIABLE} changes the settings of synthesis (trainer -> now):"
    assert "noise.sigma: [0, 0.05] -> [0, 0.12]" in lines
    assert settings_of_new_run(lambda: {"preset": "strong"}, "Trainer") == (STRONG, [])


def test_a_file_without_a_preset_begins_from_the_trainers_own_settings(monkeypatch, tmp_path):
    (tmp_path / "mine.yaml").write_text("noise: {rician: 0.25}")
    monkeypatch.setenv(VARIABLE, str(tmp_path / "mine.yaml"))
    settings, lines = settings_of_new_run(lambda: {"preset": "augment", "noise": {"probability": 1}}, "Trainer")
    assert settings == from_dict({"preset": "augment", "noise": {"probability": 1, "rician": 0.25}})
    assert lines[1:] == ["noise.rician: 0.5 -> 0.25"]


@pytest.mark.usefixtures("strong_named")
def test_a_trainers_settings_that_cannot_be_read_stop_nothing_where_a_preset_is_named():
    settings, lines = settings_of_new_run(nothing_fitted, "Trainer")
    assert settings == STRONG
    assert "cannot be compared with the trainer's settings: nothing was fitted" in lines[0]


def test_a_trainers_settings_that_cannot_be_read_stop_a_run_that_begins_from_them(monkeypatch, tmp_path):
    (tmp_path / "mine.yaml").write_text("noise: {rician: 0.25}")
    monkeypatch.setenv(VARIABLE, str(tmp_path / "mine.yaml"))
    with pytest.raises(ValueError, match="nothing was fitted"):
        settings_of_new_run(nothing_fitted, "Trainer")


def nothing_fitted() -> dict:
    raise ValueError("nothing was fitted")


@pytest.mark.parametrize(
    ("content", "message"), [(None, "cannot be read: No such file"), ("nois: {}", "nois: unknown")]
)
def test_what_is_wrong_with_that_file_is_told(content, message, monkeypatch, tmp_path):
    path = tmp_path / "mine.yaml"
    if content:
        path.write_text(content)
    monkeypatch.setenv(VARIABLE, str(path))
    with pytest.raises(ValueError, match=f"^{VARIABLE}: {path}: {message}"):
        settings_of_new_run(dict, "Trainer")


def test_a_run_goes_on_silently_where_nothing_changed():
    assert settings_to_continue(SPINE, dump(SPINE)) == (SPINE, [])


def test_a_run_goes_on_with_the_settings_of_its_checkpoint():
    config, lines = settings_to_continue(SPINE, dump(STRONG))
    assert config == STRONG
    assert "the checkpoint's, not the trainer's" in lines[0]
    assert "noise.sigma: [0, 0.12] -> [0, 0.015]" in lines


def test_what_a_checkpoint_is_too_old_to_say_is_as_in_the_trainer_and_told():
    written = to_dict(STRONG)
    del written["intensity"]["alike"], written["gibbs"]
    config, lines = settings_to_continue(STRONG, yaml.safe_dump(written))
    assert config == STRONG
    assert len(lines) == 1
    assert lines[0].endswith("older than these settings of synthesis, they are as now: intensity.alike, gibbs")
    config, lines = settings_to_continue(SPINE, yaml.safe_dump(written))
    assert (config.gibbs, config.noise) == (SPINE.gibbs, STRONG.noise)
    assert "intensity.alike, gibbs" in lines[0]
    assert "noise.sigma: [0, 0.12] -> [0, 0.015]" in lines


@pytest.mark.usefixtures("strong_named")
def test_a_run_goes_on_with_what_the_environment_names():
    config, lines = settings_to_continue(STRONG, dump(SPINE))
    assert config == STRONG
    assert lines[0].startswith(f"{VARIABLE} changes the settings")
    assert "noise.sigma: [0, 0.015] -> [0, 0.12]" in lines


def test_a_checkpoint_without_settings_is_told():
    config, lines = settings_to_continue(STRONG, None)
    assert config == STRONG
    assert "does not say its settings" in lines[0]


def test_a_checkpoint_with_settings_of_another_time_needs_a_word():
    with pytest.raises(ValueError, match=f"in the checkpoint: old: unknown, .*; set {VARIABLE} to go on with others"):
        settings_to_continue(SPINE, "old: {}")


@pytest.mark.usefixtures("strong_named")
def test_settings_of_another_time_stop_nothing_where_the_environment_names_others():
    config, lines = settings_to_continue(STRONG, "old: {}")
    assert config == STRONG
    assert "cannot be compared" in lines[0]


def test_settings_are_read_from_a_checkpoint(tmp_path):
    path = tmp_path / "checkpoint_final.pth"
    torch.save({"init_args": {STORED_AS: dump(STRONG), "device": torch.device("cpu")}}, path)
    assert settings_in_checkpoint(path) == dump(STRONG)


@pytest.mark.parametrize("content", [{"init_args": {"fold": 0}}, {"state": 1}, [1, 2]])
def test_a_checkpoint_of_another_trainer_is_refused(content, tmp_path):
    torch.save(content, tmp_path / "x.pth")
    with pytest.raises(ValueError, match=r"x.pth: expected a checkpoint of a trainer that synthesises"):
        settings_in_checkpoint(tmp_path / "x.pth")


@pytest.mark.parametrize("content", [b"", b"text", b"PK\x03\x04"])
def test_what_is_no_checkpoint_is_refused(content, tmp_path):
    (tmp_path / "x.pth").write_bytes(content)
    with pytest.raises(ValueError, match=r"x.pth: expected a checkpoint of nnU-Net"):
        settings_in_checkpoint(tmp_path / "x.pth")
