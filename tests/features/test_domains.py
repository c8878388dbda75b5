from __future__ import annotations

import json
from pathlib import Path

import pytest

from nnunet_spine.features.domains import Files, parse_domains, shared_patients, unseen

FILES = Files(1, ".nii.gz")


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    (tmp_path / "scans").mkdir()
    (tmp_path / "labels").mkdir()
    for case in ("1_t1", "1_t2", "2_t1", "3_t2"):
        (tmp_path / "scans" / f"{case}_0000.nii.gz").touch()
        (tmp_path / "labels" / f"{case}.nii.gz").touch()
    return tmp_path


def test_domains_are_folders_or_some_cases_of_one(scans: Path):
    said = [f"T1={scans}/scans/*_t1", f"all={scans}/scans"]
    cases = parse_domains(said, [f"{scans}/labels"]).cases(FILES)
    assert [(case.domain, case.name, case.patient) for case in cases] == [
        *(("T1", "1_t1", "1"), ("T1", "2_t1", "2")),
        *(("all", "1_t1", "1"), ("all", "1_t2", "1"), ("all", "2_t1", "2"), ("all", "3_t2", "3")),
    ]
    assert all(case.reference == scans / "labels" / f"{case.name}.nii.gz" for case in cases)


@pytest.mark.parametrize(
    ("images", "references", "message"),
    [
        (["a=scans"], [], "--images: expected two or more domains, got a"),
        ([], [], "two or more domains, got none"),
        (["a=scans", "scans"], [], "expected NAME=FOLDER, got scans"),
        (["a=scans", "a=scans"], [], "a is named twice"),
        (["a=scans", "b=scans"], ["a=labels"], "--references: .* differs in b"),
        (["a=scans", "b=nowhere"], [], "--images b: .*nowhere: expected a folder"),
        (["a=scans", "b=labels"], [], "--images b: .*expected images CASE_0000.nii.gz, found none"),
        (["a=scans", "b=scans/*_t9"], [], "found none"),
        (["a=scans", "b=scans"], ["scans"], "--references: .*missing are 1_t1.nii.gz"),
    ],
)
def test_what_does_not_fit_is_said(
    scans: Path, monkeypatch: pytest.MonkeyPatch, images: list[str], references: list[str], message: str
):
    monkeypatch.chdir(scans)
    with pytest.raises(ValueError, match=message):
        parse_domains(images, references).cases(FILES)


def test_every_channel_has_to_be_there(scans: Path):
    with pytest.raises(ValueError, match=r"takes 2 channels; missing are 1_t1_0001\.nii\.gz"):
        parse_domains([f"a={scans}/scans", f"b={scans}/scans"], []).cases(Files(2, ".nii.gz"))


def test_names_in_several_domains_are_found(scans: Path):
    cases = parse_domains([f"T1={scans}/scans/*_t1", f"T2={scans}/scans/*_t2"], []).cases(FILES)
    assert shared_patients(cases) == ["1"]


def test_patients_of_the_training_are_left_out_whatever_their_sequence(scans: Path):
    cases = parse_domains([f"T1={scans}/scans/*_t1", f"T2={scans}/scans/*_t2"], []).cases(FILES)
    splits = scans / "splits_final.json"
    splits.write_text(json.dumps([{"train": ["9_t1"], "val": []}, {"train": ["1_t2_SPACE"], "val": []}]))
    assert unseen(cases, splits, "0") == cases
    assert [case.name for case in unseen(cases, splits, "1")] == ["2_t1", "3_t2"]
    splits.write_text(json.dumps([{"train": ["2_t1", "1_t1"], "val": []}]))
    with pytest.raises(ValueError, match="trained on every patient of T1"):
        unseen(cases, splits, "0")
    with pytest.raises(ValueError, match="expected nnU-Net's splits with fold all"):
        unseen(cases, splits, "all")
