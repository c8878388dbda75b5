"""A whole evaluation: right numbers from the files, whatever their orientation; nothing computed twice or lost."""

from __future__ import annotations

import json
import logging
import math
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import nibabel
import numpy as np
import pytest

from nnunet_spine.dataset_conversion.problems import InvalidInputError
from nnunet_spine.evaluation import evaluate as module
from nnunet_spine.evaluation.arm import ArmOptions
from nnunet_spine.evaluation.condition import Condition
from nnunet_spine.evaluation.records import AS_ACQUIRED
from nnunet_spine.evaluation.results import read_results
from nnunet_spine.phantom.tables import GRADING_COLUMNS

from .conftest import LABELS, SHAPE, SPACING_MM, Study, label_map, save


@pytest.fixture
def scored(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the cases that are computed, in the order of the work."""
    names = []
    real = module.evaluate_case

    def noted(job: module.CaseJob) -> object:
        names.append(job.case)
        return real(job)

    monkeypatch.setattr(module, "evaluate_case", noted)
    return names


def test_rows_hold_what_the_files_do(study: Study):
    results = study.evaluate(images=True)
    assert read_results(study.output).run == results.run
    first = read_results(study.output).cases[0]
    assert (first.case, first.patient, first.sequence) == ("1_t1", "1", "t1")
    assert (first.shape, first.spacing_mm) == (SHAPE, SPACING_MM)
    assert first.diagonal_mm == pytest.approx(math.hypot(16, 20, 30))
    scores = {one.structure: one for one in first.structures}
    assert list(scores) == ["vertebrae", "canal", "discs", "foreground"]
    # A box that is 22 voxels high and lies one too high.
    assert scores["canal"].dice == pytest.approx(21 / 22)
    assert scores["canal"].hd_mm == pytest.approx(1.0)
    assert scores["canal"].reference_ml == pytest.approx(4 * 4 * 22 * 4 / 1000)
    assert first.properties["slices"] == 4
    assert first.files == {"reference": "1_t1.nii.gz", "prediction": "1_t1.nii.gz", "image": "1_t1_0000.nii.gz"}


@pytest.mark.parametrize("sides", [("reference", "prediction"), ("reference",), ("prediction",)])
def test_orientation_of_files_changes_nothing(sides: tuple[str, ...], study: Study):
    turned = np.array([[0, 0, -4.0, 12], [0, -1.0, 0, 19], [1.0, 0, 0, 0], [0, 0, 0, 1]])
    for folder in (getattr(study, side) for side in sides):
        straight = nibabel.load(folder / "1_t1.nii.gz")
        data = np.asarray(straight.dataobj)[::-1, ::-1].transpose(2, 1, 0)
        save(folder / "1_t2.nii.gz", data, turned)
    one, other = (case for case in study.evaluate().cases if case.patient == "1")
    assert repr(one.structures) == repr(other.structures)
    assert one.confusion == other.confusion
    assert other.shape == SHAPE


def test_several_processes_find_the_same(study: Study):
    alone = study.evaluate()
    study.output.unlink()
    assert repr(study.evaluate(processes=2).cases) == repr(alone.cases)


def test_a_second_run_computes_nothing(study: Study, scored: list[str], caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.INFO)
    study.evaluate()
    before = study.output.read_bytes()
    assert sorted(scored) == ["10_t1", "1_t1", "1_t2"]
    study.evaluate()
    assert len(scored) == 3
    assert "3 of 3 cases are unchanged since they were scored" in caplog.text
    assert study.output.read_bytes() == before
    assert sorted(path.name for path in study.root.iterdir()) == ["inputs", "predicted", "raw", "results.jsonl"]


def test_only_what_changed_is_computed_again(study: Study, scored: list[str]):
    study.evaluate()
    scored.clear()
    study.add("1_t2", prediction=label_map(0))
    os.utime(study.reference / "1_t1.nii.gz")  # touched, but the same
    results = study.evaluate()
    assert scored == ["1_t2"]
    assert next(case for case in results.cases if case.case == "1_t2").structures[0].dice == 1


@pytest.mark.parametrize("change", ["tolerance", "labels", "images", "version"])
def test_other_settings_compute_all_again(
    change: str, study: Study, scored: list[str], monkeypatch: pytest.MonkeyPatch
):
    study.evaluate()
    scored.clear()
    if change == "labels":
        study.describe(study.prediction, {**LABELS, "sacrum": 4})
    elif change == "version":
        monkeypatch.setattr("nnunet_spine.evaluation.arm.versions", lambda: {"nnunet_spine": "9"})
    study.evaluate(images=change == "images", **({"tolerance_mm": 2.0} if change == "tolerance" else {}))
    assert len(scored) == 3


def test_another_name_or_seed_computes_nothing_again(study: Study, scored: list[str]):
    study.evaluate()
    study.evaluate(ArmOptions(arm="mine", seed=3, condition=Condition("noise", 2.0)))
    assert len(scored) == 3
    run = read_results(study.output).run
    assert (run.arm, run.seed, run.condition, run.level) == ("mine", 3, "noise", 2.0)


def test_a_bad_case_does_not_lose_the_others(study: Study, scored: list[str]):
    good = (study.prediction / "1_t2.nii.gz").read_bytes()
    save(study.prediction / "1_t2.nii.gz", np.full(SHAPE, 3, np.float32) + 0.5)
    with pytest.raises(InvalidInputError, match=r"prediction 1_t2\.nii\.gz: .*expected"):
        study.evaluate()
    assert not study.output.exists()
    scored.clear()
    (study.prediction / "1_t2.nii.gz").write_bytes(good)
    assert len(study.evaluate().cases) == 3
    assert scored == ["1_t2"]


def test_nothing_is_said_to_be_kept_where_nothing_is(study: Study):
    for case in ("1_t1", "1_t2", "10_t1"):
        save(study.prediction / f"{case}.nii.gz", np.full(SHAPE, 9, np.uint8))
    with pytest.raises(InvalidInputError, match=r"was not written; correct the files and run again"):
        study.evaluate()
    assert not list(study.root.glob(".*.unfinished"))


def test_a_killed_run_goes_on_where_it_stopped(study: Study, scored: list[str]):
    for number in range(20, 32):
        study.add(f"{number}_t1")
    code = (
        "import time; from nnunet_spine.evaluation import evaluate as module; real = module.evaluate_case\n"
        "module.evaluate_case = lambda job: time.sleep(0.1) or real(job)\n"
        "from nnunet_spine.cli import main; main()"
    )
    folders = ["--reference", study.reference, "--prediction", study.prediction, "--output", study.output]
    process = subprocess.Popen(
        [sys.executable, "-c", code, "evaluate", *map(str, folders), "--processes", "1"], stderr=subprocess.DEVNULL
    )
    hidden = study.root / ".results.jsonl.unfinished"
    deadline = time.monotonic() + 120
    while not (hidden.exists() and hidden.read_bytes().count(b"\n") > 4):
        assert process.poll() is None, "it ended before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not study.output.exists()
    with hidden.open("ab") as file:
        file.write(b'{"record": "case", "ca')  # a line that was being written
    results = study.evaluate()
    assert len(results.cases) == 15
    assert 0 < len(scored) <= 11
    assert not hidden.exists()


def test_a_hidden_file_that_is_no_file_of_results_is_nothing(study: Study, scored: list[str]):
    (study.root / ".results.jsonl.unfinished").write_text("nonsense\n")
    study.evaluate()
    assert len(scored) == 3


def test_a_file_that_is_something_else_is_not_overwritten(study: Study):
    study.output.write_text("precious")
    with pytest.raises(ValueError, match=r"--output: .*expected JSON.*choose another name"):
        study.evaluate()
    assert study.output.read_text() == "precious"


def test_results_of_other_predictions_are_not_overwritten(study: Study):
    study.evaluate()
    study.prediction = study.prediction.rename(study.root / "others")
    with pytest.raises(ValueError, match=r"holds the results of .*predicted against .*labelsTr; choose another"):
        study.evaluate()


def test_two_runs_at_once_are_refused(study: Study):
    from nnunet_spine.plumbing.lock import exclusive

    with (
        exclusive(study.root / ".results.jsonl.lock", "it"),
        pytest.raises(ValueError, match=r"another process is working on .*results\.jsonl"),
    ):
        study.evaluate()


def test_the_record_of_conversion_tells_patient_and_sequence(study: Study):
    record = {"cases": [{"case": "1_t1", "patient": "anna", "sequence": "stir"}]}
    (study.root / "raw/manifest.json").write_text(json.dumps(record))
    assert [(case.patient, case.sequence) for case in study.evaluate().cases] == [
        ("anna", "stir"),
        ("1", "t2"),
        ("10", "t1"),
    ]


def test_a_pattern_tells_the_sequence(study: Study):
    assert {case.sequence for case in study.evaluate(sequence_pattern=r"_t(\d)").cases} == {"1", "2"}


def test_images_of_a_degraded_set_tell_the_condition(study: Study):
    assert study.evaluate(images=True).run.condition == AS_ACQUIRED
    (study.images / "degradation.json").write_text(json.dumps({"condition": "resolution", "level": 2, "more": 1}))
    run = study.evaluate(images=True).run
    assert (run.condition, run.level, run.images) == ("resolution", 2.0, str(study.images))


def note_images(study: Study, folder: str) -> None:
    """Beside predictions, as nnUNetv2_predict does."""
    note = study.prediction / "predict_from_raw_data_args.json"
    note.write_text(json.dumps({"list_of_lists_or_source_folder": folder}))


def test_images_that_nnunet_noted_are_found(study: Study):
    note_images(study, str(study.images))
    results = study.evaluate()
    assert results.run.images == str(study.images)
    assert results.cases[0].properties["slices"] == 4


@pytest.mark.parametrize("reason", ["is relative to the folder that", "is not there", "has no 1_t2_0000.nii.gz"])
def test_noted_images_that_are_not_used_are_told(
    reason: str, study: Study, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.chdir(study.root)
    note_images(study, "inputs" if "relative" in reason else str(study.images))
    if reason == "is not there":
        study.images.rename(study.root / "moved")
    elif "relative" not in reason:
        (study.images / "1_t2_0000.nii.gz").unlink()
    assert study.evaluate().run.images is None
    (told,) = (record.message for record in caplog.records if record.levelno == logging.WARNING)
    assert told.startswith("images not used: ")
    assert f"which nnUNetv2_predict noted, {reason}" in told


def test_a_condition_is_not_forgotten(study: Study):
    note_images(study, str(study.images))
    (study.images / "degradation.json").write_text(json.dumps({"condition": "resolution", "level": 2}))
    study.evaluate()
    before = study.output.read_bytes()
    study.images = study.images.rename(study.root / "moved")
    with pytest.raises(ValueError, match=r"--output: .* images resolution 2, and nothing says so now"):
        study.evaluate()
    assert study.output.read_bytes() == before
    assert study.evaluate(images=True).run.condition == "resolution"


@pytest.mark.parametrize("record", ["[]", "{}", '{"condition": "noise", "level": "much"}', '{"condition": '])
def test_a_record_of_degradation_that_says_nothing_is_refused(record: str, study: Study):
    (study.images / "degradation.json").write_text(record)
    with pytest.raises(ValueError, match=r"degradation\.json: expected"):
        study.evaluate(images=True)


def test_a_condition_that_contradicts_the_record_is_refused(study: Study):
    (study.images / "degradation.json").write_text(json.dumps({"condition": "resolution", "level": 2}))
    study.evaluate(ArmOptions(condition=Condition("resolution", 2.0)), images=True)
    with pytest.raises(ValueError, match="--condition: resolution 3 asked for, resolution 2 in"):
        study.evaluate(ArmOptions(condition=Condition("resolution", 3.0)), images=True)


def test_gradings_are_properties_of_their_patients(study: Study, scored: list[str], caplog: pytest.LogCaptureFixture):
    table = study.root / "gradings.csv"
    table.write_text(f"{','.join(GRADING_COLUMNS)}\n1,1,0,0,0,0,0,1,1,3\n1,2,0,0,0,0,0,0,1,5\n1,0,0,0,0,0,0,0,0,1\n")
    caplog.set_level(logging.INFO)
    results = study.evaluate(gradings=table)
    assert "1 of 2 patients are graded; rows of discs that there are not: 1" in caplog.text
    grades = {case.case: case.properties.get("pfirrmann_max") for case in results.cases}
    assert grades == {"10_t1": None, "1_t1": 5, "1_t2": 5}
    scored.clear()
    assert "pfirrmann_max" not in {name for case in study.evaluate().cases for name in case.properties}
    assert len(scored) == 3


def test_gradings_of_other_patients_are_refused(study: Study):
    table = study.root / "gradings.csv"
    table.write_text(f"{','.join(GRADING_COLUMNS)}\n7,1,0,0,0,0,0,1,1,3\n")
    with pytest.raises(InvalidInputError, match=r"--gradings: .*expected grades of patients 1, 10, found those of 7"):
        study.evaluate(gradings=table)


def test_a_table_of_gradings_that_is_none_is_refused(study: Study):
    with pytest.raises(InvalidInputError, match="--gradings"):
        study.evaluate(gradings=study.root / "absent.csv")


@pytest.mark.parametrize("tolerance_mm", [0.0, -1.0, math.nan, math.inf])
def test_impossible_tolerances_are_refused(tolerance_mm: float, study: Study):
    with pytest.raises(ValueError, match="tolerance: expected mm above 0"):
        study.evaluate(tolerance_mm=tolerance_mm)


def test_regions_are_scored(tmp_path: Path):
    study = Study(tmp_path, {"background": 0, "whole": [1, 2, 3], "canal": 2, "bone": [1]})
    study.add("1_t1", prediction=label_map())
    row = study.evaluate().cases[0]
    assert {"whole", "canal", "bone"} <= {one.structure for one in row.structures}
    assert all(one.dice == 1 for one in row.structures)


def test_single_slices_are_scored(tmp_path: Path):
    study = Study(tmp_path)
    study.add("1_t1", prediction=label_map(1)[:1], reference=label_map()[:1])
    row = study.evaluate(images=True).cases[0]
    assert row.structures[1].dice == pytest.approx(21 / 22)
    assert row.shape == (1, *SHAPE[1:])
