"""Data sets on disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from nnunet_spine.doctor import datasets, folders
from nnunet_spine.doctor.finding import Status

OK, NOTE, PROBLEM = Status.OK, Status.NOTE, Status.PROBLEM


def test_no_data_sets(statuses, nnunet_folders: Path):
    assert statuses(datasets.check_datasets()) == [NOTE]


def test_data_sets_and_how_far_they_are(nnunet_folders: Path):
    (nnunet_folders / "nnUNet_raw/Dataset501_Spine").mkdir()
    (nnunet_folders / "nnUNet_results/Dataset501_Spine").mkdir()
    (nnunet_folders / "nnUNet_raw/something_else").mkdir()
    (nnunet_folders / "nnUNet_raw/Dataset502_AFile").touch()
    (finding,) = datasets.check_datasets()
    assert (finding.status, finding.text) == (OK, "Dataset501_Spine: raw, results")


def test_two_data_sets_of_one_id(statuses, nnunet_folders: Path):
    (nnunet_folders / "nnUNet_raw/Dataset501_Spine").mkdir()
    (nnunet_folders / "nnUNet_preprocessed/Dataset501_Other").mkdir()
    assert statuses(datasets.check_datasets()) == [OK, OK, PROBLEM]


def test_data_sets_without_variables(statuses, monkeypatch: pytest.MonkeyPatch):
    for variable in folders.VARIABLES:
        monkeypatch.delenv(variable, raising=False)
    assert statuses(datasets.check_datasets()) == [NOTE]
