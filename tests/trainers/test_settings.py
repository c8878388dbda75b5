"""Settings of synthesis: named for a run, kept beside its checkpoints and in them, and taken up again."""

from pathlib import Path

import pytest
import torch
from nnunetv2.run.load_pretrained_weights import load_pretrained_weights

from nnunet_spine.synth.config import PRESETS
from nnunet_spine.synth.config.files import dump, load
from nnunet_spine.synth.config.plain import from_dict, to_plain
from nnunet_spine.trainers import resolve
from nnunet_spine.training.settings import FILE_NAME, STORED_AS, VARIABLE, settings_in_checkpoint

NAME = "nnUNetTrainerSynthSpineReportUNet_1x1iter"
SPINE, STRONG = PRESETS["spine"], PRESETS["strong"]


@pytest.fixture(autouse=True)
def _nothing_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv(VARIABLE, raising=False)


@pytest.fixture
def name_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """Names a file with this content in the environment."""

    def name(content: str) -> None:
        (tmp_path / "mine.yaml").write_text(content)
        monkeypatch.setenv(VARIABLE, str(tmp_path / "mine.yaml"))

    return name


def start(trainer: object) -> Path:
    """Begin a run, and leave a checkpoint of it."""
    trainer.on_train_start()
    trainer.save_checkpoint(f"{trainer.output_folder}/checkpoint_latest.pth")
    return Path(trainer.output_folder) / "checkpoint_latest.pth"


def log_of(trainer: object) -> str:
    return Path(trainer.log_file).read_text()


def test_a_run_leaves_its_settings_beside_its_checkpoint_in_it_and_in_the_log(make_trainer):
    trainer = make_trainer(NAME)
    checkpoint = start(trainer)
    assert trainer.generator.config == SPINE
    assert load(checkpoint.with_name(FILE_NAME)) == SPINE
    assert settings_in_checkpoint(checkpoint) == dump(SPINE)
    assert dump(SPINE) in log_of(trainer)


def test_a_trainer_with_another_recipe_says_no_more_than_its_settings(make_trainer, monkeypatch):
    monkeypatch.setattr(resolve(NAME), "settings", {"preset": "report"})
    trainer = make_trainer(NAME)
    start(trainer)
    assert trainer.generator.config == PRESETS["report"]


def test_a_run_has_the_settings_that_the_environment_names(make_trainer, name_settings):
    name_settings("preset: strong")
    trainer = make_trainer(NAME)
    checkpoint = start(trainer)
    assert trainer.generator.config == STRONG
    assert load(checkpoint.with_name(FILE_NAME)) == STRONG
    assert settings_in_checkpoint(checkpoint) == dump(STRONG)


@pytest.mark.parametrize(("part", "preset"), [("StrongAug", "augment"), ("SynthSpinePresetReport", "report")])
def test_a_file_changes_what_it_names_of_the_trainers_own_settings_and_nothing_else(
    make_trainer, name_settings, part, preset
):
    name_settings("bias: {log_std: 0.2}")
    trainer = make_trainer(f"nnUNetTrainer{part}ReportUNet_1x1iter")
    checkpoint = start(trainer)
    expected = from_dict({"preset": preset, "bias": {"log_std": 0.2}})
    assert trainer.generator.config == load(checkpoint.with_name(FILE_NAME)) == expected
    told = [line.strip() for line in log_of(trainer).splitlines()]
    place = told.index(f"{VARIABLE} changes the settings of synthesis (trainer -> now):")
    assert told[place + 1] == f"bias.log_std: {to_plain(PRESETS[preset].bias.log_std)} -> 0.2"
    assert sum(line.startswith("bias.") for line in told) == 1


def test_a_file_with_a_preset_needs_no_priors_of_the_trainers(make_trainer, name_settings):
    name_settings("preset: strong")
    trainer = make_trainer("nnUNetTrainerSynthSpineFittedReportUNet_1x1iter")
    start(trainer)
    assert trainer.generator.config == STRONG
    assert "cannot be compared with the trainer's settings" in log_of(trainer)


def test_wrong_settings_stop_a_run_before_it_begins(make_trainer, name_settings, monkeypatch, tmp_path):
    name_settings("spatal: {}")
    with pytest.raises(ValueError, match=r"mine.yaml: spatal: unknown, .*did you mean spatial\?"):
        make_trainer(NAME)
    monkeypatch.setenv(VARIABLE, str(tmp_path / "none.yaml"))
    with pytest.raises(ValueError, match=f"{VARIABLE}: .*none.yaml: cannot be read"):
        make_trainer(NAME)


def test_a_continued_run_keeps_the_settings_of_its_checkpoint(make_trainer, name_settings, monkeypatch):
    name_settings("preset: strong")
    checkpoint = start(make_trainer(NAME))
    monkeypatch.delenv(VARIABLE)
    trainer = make_trainer(NAME)
    trainer.load_checkpoint(str(checkpoint))
    again = start(trainer)
    assert trainer.generator.config == load(again.with_name(FILE_NAME)) == STRONG
    assert settings_in_checkpoint(again) == dump(STRONG)
    assert "the checkpoint's, not the trainer's" in log_of(trainer)


def test_a_continued_run_changes_its_settings_where_the_environment_says_so(make_trainer, name_settings):
    checkpoint = start(make_trainer(NAME))
    name_settings("noise: {rician: 0.25}")
    trainer = make_trainer(NAME)
    trainer.load_checkpoint(str(checkpoint))
    again = start(trainer)
    assert trainer.generator.config.noise.rician == load(again.with_name(FILE_NAME)).noise.rician == 0.25
    assert settings_in_checkpoint(again) == dump(trainer.generator.config)
    assert f"{VARIABLE} changes the settings of synthesis" in log_of(trainer)
    assert "noise.rician: 0.5 -> 0.25" in log_of(trainer)


def test_a_checkpoint_that_is_older_than_stored_settings_can_be_continued(make_trainer):
    checkpoint = start(make_trainer(NAME))
    content = torch.load(checkpoint, weights_only=False)
    del content["init_args"][STORED_AS]
    torch.save(content, checkpoint)
    trainer = make_trainer(NAME)
    trainer.load_checkpoint(str(checkpoint))
    assert settings_in_checkpoint(start(trainer)) == dump(SPINE)
    assert "does not say its settings" in log_of(trainer)


def test_a_checkpoint_with_settings_is_one_of_pretrained_weights_to_nnunet(make_trainer):
    first = make_trainer(NAME)
    checkpoint = start(first)
    other = make_trainer("nnUNetTrainerRealSpineReportUNet_1x1iter")
    other.initialize()
    load_pretrained_weights(other.network, str(checkpoint))
    weights = other.network.state_dict()
    loaded = [key for key in weights if ".seg_layers." not in key]  # nnU-Net leaves heads as they are
    assert len(loaded) < len(weights)
    assert all(torch.equal(weights[key], value) for key, value in first.network.state_dict().items() if key in loaded)
