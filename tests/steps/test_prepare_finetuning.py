"""Data preprocessed for a fine-tuning before its model is trained."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nnunet_spine.steps import prepare_finetuning

from ..nnunet_fixtures import DATASET

FROM = "nnUNetPlansFrom007"


def test_the_same_data_is_not_preprocessed_twice(nnunet_folders: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def never(command: tuple[str, ...]) -> None:
        raise AssertionError(command)

    monkeypatch.setattr(prepare_finetuning, "run_command", never)
    monkeypatch.setenv("nnUNet_preprocessed", str(tmp_path / "preprocessed"))
    own = nnunet_folders / "nnUNet_preprocessed" / DATASET
    folder = tmp_path / "preprocessed" / DATASET
    folder.mkdir(parents=True)
    (folder / "splits_final.json").write_text("[]")
    trainer = "nnUNetTrainerSynthSpineFittedReport"  # whose priors are not there, and whose patch is another
    raw = nnunet_folders / "nnUNet_raw" / DATASET
    prepare_finetuning.main(
        [str(own), str(raw), "-tr", trainer, "-c", "2d", "-p", "nnUNetPlans", "--name", FROM, "-np", "1"]
    )
    plans = json.loads((folder / f"{FROM}.json").read_text())
    assert plans["configurations"]["2d"]["patch_size"] == [256, 256]
    assert (folder / "nnUNetPlans_2d").resolve() == (own / "nnUNetPlans_2d").resolve()
    assert (folder / "splits_final.json").read_text() == "[]"
    assert not (own / f"{FROM}.json").exists()
