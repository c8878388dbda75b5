"""The demo: once in full at its smallest, and its parts alone."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from nnunet_spine.cli import main
from nnunet_spine.demo.run import _run_step
from nnunet_spine.demo.scores import score_table, scores_of
from nnunet_spine.demo.steps import DemoSettings, Step, demo_steps
from nnunet_spine.evaluation.case import score_case
from nnunet_spine.evaluation.records import CaseRecord, RunRecord
from nnunet_spine.evaluation.results import Results
from nnunet_spine.labels import SCHEMES


def run_small(output: Path) -> subprocess.CompletedProcess:
    program = Path(sys.executable).parent / "nnunet-spine"
    size = ["--patients", "7", "--epochs", "1", "--iterations", "2", "--device", "cpu"]
    return subprocess.run([program, "demo", output, *size], capture_output=True, text=True)


def test_the_whole_way_ends_in_table_figure_and_page_and_a_second_run_does_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("nnUNet_n_proc_DA", "1")
    output = tmp_path / "a demo"
    first = run_small(output)
    assert first.returncode == 0, first.stdout + first.stderr
    for row in ("| T1 | real T1 |", "| T1 | synthetic |", "| T2 | real T1 |", "| T2 | synthetic |"):
        assert row in first.stdout
    assert (output / "overlays.png").read_bytes().startswith(b"\x89PNG")
    page = (output / "README.md").read_text()
    assert "real T1" in (output / "report" / "index.html").read_text()
    assert "nnUNetv2_train 501 2d 0 -tr nnUNetTrainerSynthSpineReportUNetMuonCycle_1x2iter" in page
    second = run_small(output)
    assert second.returncode == 0, second.stdout + second.stderr
    assert second.stdout.count("done before") == 11
    assert (output / "README.md").read_text() == page


def test_a_demo_of_another_size_is_not_taken_over(tmp_path, capsys):
    (tmp_path / "settings.json").write_text('{"patients": 8, "epochs": 12, "iterations": 50}')
    assert main(["demo", str(tmp_path), "--patients", "9"]) == 2
    assert "'patients': 9" in capsys.readouterr().err


def test_a_folder_of_something_else_is_left_alone(tmp_path, capsys):
    (tmp_path / "thesis.tex").write_text("dear")
    assert main(["demo", str(tmp_path)]) == 2
    assert "other files" in capsys.readouterr().err
    assert [file.name for file in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_step_that_fails_ends_the_demo_with_its_last_words(tmp_path, capsys):
    step = Step("fail", (sys.executable, "-c", "print('the reason'); raise SystemExit(3)"))
    assert _run_step(step, "[1/1]", tmp_path, {}) == 3
    captured = capsys.readouterr()
    assert "the reason" in captured.err
    assert str(tmp_path / "logs" / "01.log") in captured.err
    assert _run_step(step, "[1/1]", tmp_path, {}) == 3


def test_a_changed_command_runs_again(tmp_path, capsys):
    for argument in ("1", "1", "2"):
        assert _run_step(Step("run", (sys.executable, "-c", f"print({argument})")), "[1/1]", tmp_path, {}) == 0
    assert capsys.readouterr().out.count("done before") == 1


def test_paths_with_blanks_stay_one_argument(tmp_path):
    settings = DemoSettings(tmp_path / "a b", 7, 1, 1)
    steps = list(demo_steps(settings, "cpu"))
    assert str(settings.output / "phantom") in steps[0].command
    assert str(settings.images) in next(step for step in steps if "predict" in step.title).command


@pytest.mark.parametrize("option", ["--patients", "--epochs", "--iterations"])
def test_a_demo_too_small_is_refused(tmp_path, capsys, option):
    assert main(["demo", str(tmp_path / "out"), option, "0"]) == 2
    assert option in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def results(dice: dict[str, tuple[float, float, float]]) -> Results:
    """Results of cases `<patient>_<sequence>` with these Dice of vertebrae, canal and discs."""
    labels = SCHEMES["4class"].dataset_labels()
    mask = np.arange(4, dtype=np.int16).reshape(1, 2, 2)
    scored = score_case(mask, mask, (1.0, 1.0, 1.0), labels)
    cases = []
    for name, values in dice.items():
        patient, _, sequence = name.partition("_")
        rows = [replace(row, dice=x) for row, x in zip(scored.structures, (*values, 0.9), strict=True)]
        cases.append(CaseRecord(name, patient, sequence, (1, 2, 2), (1.0, 1.0, 1.0), 3.0, tuple(rows), (), (), ()))
    return Results(RunRecord("arm", "reference", "prediction", labels, 1.0), tuple(cases))


def test_the_table_averages_over_the_cases_of_a_sequence():
    nan = float("nan")
    found = results({"1_t1": (0.5, 0.25, 1.0), "2_t1": (0.7, 0.35, nan), "1_t2_SPACE": (0.1, 0.1, 0.1)})
    table = score_table({"real": scores_of(found)})
    assert "| test images | trained on | vertebrae | canal | discs | mean | cases |" in table
    assert "| T1 | real | 0.600 | 0.300 | 1.000 | 0.633 | 2 |" in table
    assert "| T2_SPACE | real | 0.100 | 0.100 | 0.100 | 0.100 | 1 |" in table
