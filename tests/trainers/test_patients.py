"""Subsets of patients: nested, whole, the same whatever is around them; and training on one."""

import json
import random
from pathlib import Path

import pytest

from nnunet_spine.dataset_conversion.manifest import recorded_patients
from nnunet_spine.training.patients import first_patients, in_order, patients_of

from .conftest import DATASET

PATIENTS = [str(number) for number in range(1, 31)]


@pytest.mark.parametrize("number", range(1, 30))
def test_fewer_patients_are_among_more(number: int):
    fewer, more = first_patients(PATIENTS, number), first_patients(PATIENTS, number + 1)
    assert len(set(fewer)) == number
    assert fewer == more[:number]


def test_the_order_depends_on_nothing_but_the_names():
    shuffled = 3 * PATIENTS
    random.Random(1).shuffle(shuffled)
    assert in_order(shuffled) == in_order(PATIENTS) != PATIENTS
    half = PATIENTS[::2]
    assert in_order(half) == [patient for patient in in_order(PATIENTS) if patient in half]


@pytest.mark.parametrize("number", [0, 31])
def test_more_patients_than_there_are_is_an_error_that_says_how_many(number: int):
    with pytest.raises(ValueError, match=f"expected 1 to 30, .* got {number}"):
        first_patients(PATIENTS, number)


@pytest.mark.parametrize(
    ("case", "patient"),
    [
        ("1_t1", "1"),
        ("1_t2", "1"),
        ("1_t2_SPACE", "1"),
        ("12_t1_synth003", "12"),
        ("anna_synth003", "anna"),
        ("sub-01_T1w", "sub-01"),
        ("sub-01_ses-1_T1w", "sub-01"),
        ("sub-01_ses-2_T2w", "sub-01"),
        ("sub-01_acq-sag_T2w", "sub-01"),
        ("sub-01", "sub-01"),
        ("7_stir", "7"),
        ("7_STIR_sag", "7"),
        ("p1_T2star", "p1"),
        ("p1_t1c", "p1"),
        ("p1_PD", "p1"),
        ("p1_dixon_water", "p1"),
        ("1_t2_tse_synth000", "1"),
        ("study_T2_001", "study_T2_001"),
        ("study_T2_001_synth002", "study_T2_001"),
        ("study_001_T2", "study_001"),
        ("hospital_7_T2", "hospital_7"),
        ("case_0001", "case_0001"),
        ("a_t10", "a_t10"),
        ("_t1", "_t1"),
    ],
)
def test_without_a_record_the_name_says_the_patient(case: str, patient: str):
    assert patients_of([case], None) == {case: patient}


def test_the_record_counts_more_than_the_name(tmp_path: Path):
    record = {"cases": [{"case": name, "patient": "anna", "sequence": "t1"} for name in ("x_t1", "y")]}
    (tmp_path / "manifest.json").write_text(json.dumps(record))
    assert patients_of(["x_t1", "y", "z_t2"], tmp_path) == {"x_t1": "anna", "y": "anna", "z_t2": "z"}
    assert patients_of(["x_t1"], tmp_path / "nothing") == {"x_t1": "x"}
    (tmp_path / "manifest.json").write_text("{}")
    with pytest.raises(ValueError, match=r"manifest\.json: expected the record"):
        patients_of(["x_t1"], tmp_path)


def test_record_and_names_of_converted_data_agree(nnunet_folders: Path):
    raw = nnunet_folders / "nnUNet_raw" / DATASET
    cases = list(recorded_patients(raw))
    assert len(cases) == 5
    assert patients_of(cases, raw) == patients_of(cases, None)


def test_a_trainer_takes_all_series_of_its_patients_and_validates_as_ever(make_trainer, monkeypatch):
    series = {"train": [f"{number}_{name}" for number in range(1, 5) for name in ("t1", "t2")], "val": ["5_t1"]}
    monkeypatch.setattr("nnunetv2.training.nnUNetTrainer.nnUNetTrainer.load_json", lambda path: [series])
    sides = {
        number: make_trainer(f"nnUNetTrainer_{number}patient{'s' * (number > 1)}").do_split() for number in (1, 2, 4)
    }
    for number, (training, validation) in sides.items():
        assert validation == series["val"]
        assert len(training) == 2 * number
        assert all({f"{case[0]}_t1", f"{case[0]}_t2"} <= set(training) for case in training)
    assert set(sides[1][0]) < set(sides[2][0]) < set(sides[4][0])


def test_a_trainer_says_in_its_log_who_its_patients_are(make_trainer):
    trainer = make_trainer("nnUNetTrainerRealSpineReportUNet_2patients_1x1iter")
    training, _ = trainer.do_split()
    first, second = in_order(case.removesuffix("_t1") for case in trainer.do_split()[0])
    assert f"Training on 2 patients (2 of 4 cases): {first}, {second}" in Path(trainer.log_file).read_text()
    trainer.on_train_start()
    assert set(trainer.dataloader_train.data_loader.indices) == set(training)


def test_the_fold_of_all_cases_is_made_smaller_too(make_trainer):
    trainer = make_trainer("nnUNetTrainer_2patients")
    trainer.fold = "all"
    training, validation = trainer.do_split()
    assert (len(training), len(validation)) == (2, 5)


def test_a_trainer_of_more_patients_than_the_fold_has_stops(make_trainer):
    with pytest.raises(ValueError, match="nnUNetTrainer_5patients, fold 0: patients: expected 1 to 4"):
        make_trainer("nnUNetTrainer_5patients").do_split()


def test_patients_on_both_sides_of_a_split_are_named(make_trainer, monkeypatch):
    sides = {"train": ["1_t1"], "val": ["1_t2"]}
    monkeypatch.setattr("nnunetv2.training.nnUNetTrainer.nnUNetTrainer.load_json", lambda path: [sides])
    trainer = make_trainer("nnUNetTrainer_1patient")
    trainer.do_split()
    assert "WARNING: the split is not by patient: 1 on both sides" in Path(trainer.log_file).read_text()
