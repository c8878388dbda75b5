"""The command itself: options, exit codes, what is printed."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from nnunet_spine.cli import main
from nnunet_spine.evaluation.results import read_results

from .conftest import Study


def arguments(study: Study, *more: object) -> list[str]:
    folders = ["--reference", study.reference, "--prediction", study.prediction, "--output", study.output]
    return ["evaluate", *map(str, [*folders, "--processes", 1, *more])]


def test_it_writes_rows_and_prints_a_table(study: Study, capsys: pytest.CaptureFixture[str]):
    flat = study.root / "flat.csv"
    said = ["--arm", "ours", "--trainer", "T", "--fold", "1", "--seed", "4", "--patients", "2"]
    inputs = ["--images", study.images, "--condition", "noise=0.5", "--tolerance-mm", "2", "--csv", flat]
    assert main(arguments(study, *said, *inputs)) == 0
    run = read_results(study.output).run
    assert (run.arm, run.trainer, run.fold, run.seed, run.real_patients) == ("ours", "T", "1", 4, 2)
    assert (run.condition, run.level, run.tolerance_mm, run.images) == ("noise", 0.5, 2.0, str(study.images))
    assert run.command.startswith("nnunet-spine evaluate --reference ")
    with flat.open() as file:
        assert len(list(csv.DictReader(file))) == 3 * 4
    printed = capsys.readouterr().out
    assert "ours, fold 1, seed 4" in printed
    assert f"nnunet-spine compare {study.output}" in printed
    assert max(map(len, printed.split("\n\n")[1].splitlines())) <= 120


def test_problems_end_with_code_2(study: Study, capsys: pytest.CaptureFixture[str]):
    (study.prediction / "1_t2.nii.gz").unlink()
    assert main(arguments(study, "--csv", study.root)) == 2
    told = capsys.readouterr().err
    assert "cannot be evaluated: 2 problems\n" in told
    assert "  --csv: " in told
    assert "  prediction: no 1_t2.nii.gz" in told
    assert main(arguments(study, "--chill")) == 0


@pytest.mark.parametrize(
    ("option", "value"), [("--condition", "noise=much"), ("--seed", "x"), ("--tolerance-mm", "x"), ("--patients", "x")]
)
def test_options_that_cannot_be_read_end_with_code_2(option: str, value: str, study: Study):
    with pytest.raises(SystemExit) as stop:
        main(arguments(study, option, value))
    assert stop.value.code == 2


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--condition", "=2", "condition: expected a name"),
        ("--condition", "noise=nan", "condition: expected a name, and a number"),
        ("--patients", "-1", "patients: expected at least 0"),
        ("--processes", "0", "processes: expected at least 1"),
    ],
)
def test_impossible_values_end_with_code_2(option: str, value: str, message: str, study: Study, capsys):
    assert main(arguments(study, f"{option}={value}")) == 2
    assert message in capsys.readouterr().err


def test_results_and_flat_table_are_two_files(study: Study, capsys: pytest.CaptureFixture[str]):
    assert main(arguments(study, "--csv", study.output)) == 2
    assert "expected another file than that of --output" in capsys.readouterr().err


def test_a_pattern_that_does_not_fit_ends_with_code_2(study: Study, capsys: pytest.CaptureFixture[str]):
    assert main(arguments(study, "--sequence-pattern", "_(stir)")) == 2
    assert "finds nothing in the name of case" in capsys.readouterr().err


def test_an_output_that_is_a_folder_ends_with_code_2(study: Study, capsys: pytest.CaptureFixture[str]):
    study.output = Path(study.root)
    assert main(arguments(study)) == 2
    assert "expected a file, got a folder" in capsys.readouterr().err
