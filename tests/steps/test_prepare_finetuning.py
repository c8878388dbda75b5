"""Data preprocessed for a fine-tuning before its model is trained."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nnunet_spine.steps import prepare_finetuning

from ..nnunet_fixtures import DATASET

FROM = "nnUNetPlansFrom007"


@pytest.fixture
def words(nnunet_folders: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The command for the data set itself, whose splits lie in `preprocessed` already."""
    monkeypatch.setenv("nnUNet_preprocessed", str(tmp_path / "preprocessed"))
    folder = tmp_path / "preprocessed" / DATASET
    folder.mkdir(parents=True)
    (folder / "splits_final.json").write_text("[]")
    own, raw = (nnunet_folders / name / DATASET for name in ("nnUNet_preprocessed", "nnUNet_raw"))
    trainer = "nnUNetTrainerSynthSpineFittedReport"  # whose priors are not there, and whose patch is another
    return [str(own), str(raw), *f"-tr {trainer} -c 2d -p nnUNetPlans --name {FROM} -np 1".split()]


def test_the_same_data_is_not_preprocessed_twice(words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def never(command: tuple[str, ...]) -> None:
        raise AssertionError(command)

    monkeypatch.setattr(prepare_finetuning, "run_command", never)
    prepare_finetuning.main([*words, "--same-data"])
    own, folder = Path(words[0]), tmp_path / "preprocessed" / DATASET
    plans = json.loads((folder / f"{FROM}.json").read_text())
    assert plans["configurations"]["2d"]["patch_size"] == [256, 256]
    assert (folder / "nnUNetPlans_2d").resolve() == (own / "nnUNetPlans_2d").resolve()
    assert (folder / "splits_final.json").read_text() == "[]"
    assert not (own / f"{FROM}.json").exists()


def test_other_data_of_the_same_name_is_preprocessed(words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    commands: list[tuple[str, ...]] = []
    monkeypatch.setattr(prepare_finetuning, "run_command", commands.append)
    prepare_finetuning.main(words)
    assert "nnUNetv2_preprocess" in [command[0] for command in commands]
    assert not any(path.is_symlink() for path in (tmp_path / "preprocessed" / DATASET).iterdir())
