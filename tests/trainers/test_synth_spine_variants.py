"""Recipes of synthesis by name."""

import json
from pathlib import Path

import pytest

from nnunet_spine.synth.config import PRESETS
from nnunet_spine.synth.config.files import FITTED_FORMAT
from nnunet_spine.synth.config.plain import differences, to_dict

from .conftest import DATASET


def changes(trainer: object) -> list[str]:
    """What the settings of a trainer differ in from those of `spine`."""
    return differences(to_dict(PRESETS["spine"]), to_dict(trainer.synthesis))


@pytest.mark.parametrize(("part", "prior"), [("SynthSpineT1", "t1"), ("SynthSpineT2", "t2")])
def test_a_contrast_by_name_changes_the_prior_and_what_regions_differ_by(make_trainer, part, prior):
    trainer = make_trainer(f"nnUNetTrainer{part}")
    intensity = trainer.synthesis.intensity
    assert intensity.priors == {prior: 1.0}
    assert intensity.region_spread.b < PRESETS["spine"].intensity.region_spread.b
    assert not {"vertebra", "disc"} & intensity.alike.keys()
    allowed = ("intensity.priors", "intensity.level_spread", "intensity.region_spread", "intensity.alike")
    assert all(line.startswith(allowed) for line in changes(trainer))


@pytest.mark.parametrize(("part", "preset"), [("Report", "report"), ("SynthSeg", "synthseg"), ("Strong", "strong")])
def test_a_preset_by_name(make_trainer, part, preset):
    assert make_trainer(f"nnUNetTrainerSynthSpinePreset{part}").synthesis == PRESETS[preset]


@pytest.fixture
def empty_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Folder of the preprocessed data set, with nothing in it."""
    monkeypatch.setenv("nnUNet_preprocessed", str(tmp_path))
    (tmp_path / DATASET).mkdir()
    return tmp_path / DATASET


def test_fitted_priors_come_from_the_data_set_those_of_the_fold_first(make_trainer, empty_folder):
    for name, sequence in (("priors.json", "of_all"), ("priors_fold_0.json", "of_fold_0")):
        prior = {"disc": {"mean": 0.5, "std": 0.1}}
        (empty_folder / name).write_text(json.dumps({"format": FITTED_FORMAT, "sequences": {sequence: prior}}))
        trainer = make_trainer("nnUNetTrainerSynthSpineFitted")
        assert trainer.synthesis.intensity.priors == {"fitted": 1.0}
        assert set(trainer.synthesis.intensity.fitted) == {sequence}
    assert all(line.startswith("intensity.") for line in changes(trainer))


def test_without_fitted_priors_it_is_said_how_to_make_them(make_trainer, empty_folder):
    with pytest.raises(ValueError, match="nnunet-spine priors Dataset007_Blocks --fold 0") as error:
        make_trainer("nnUNetTrainerSynthSpineFitted")
    assert str(empty_folder) in str(error.value)


def test_a_broken_file_of_priors_is_named(make_trainer, empty_folder):
    (empty_folder / "priors.json").write_text("{}")
    with pytest.raises(ValueError, match=r"priors\.json: format"):
        make_trainer("nnUNetTrainerSynthSpineFitted")
