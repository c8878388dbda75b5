"""The command: files that it writes, and wrong input."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from nnunet_spine.cli import main
from nnunet_spine.evaluation.metric import METRICS

from .example import PATIENTS, make_results, write_all


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    some = [make_results(arm, patients=PATIENTS[:3], sequences=("t1",)) for arm in ("nnUNetTrainerA", "nnUNetTrainerB")]
    return write_all(tmp_path_factory.mktemp("rows"), some)


@pytest.fixture(scope="module")
def report(rows: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("out") / "report"
    assert main(["compare", str(rows), "--output", str(folder), "--no-images"]) == 0
    return folder


def test_page_tables_and_figures_are_written(report: Path):
    assert sorted(path.name for path in report.iterdir()) == ["figures", "files.txt", "index.html", "tables"]
    names = {path.name for path in (report / "tables").iterdir()}
    metrics = {key.replace("_", "-") for key in METRICS}
    for name in (*metrics, "hd95-mm-penalised", "overview", "tests", "worst"):
        assert {f"{name}.md", f"{name}.tex"} <= names
    assert {"scores.csv", "patients.csv", "summary.csv", "tests.csv", "ranking.csv", "failures.csv"} <= names
    figures = list((report / "figures").iterdir())
    assert figures
    assert all(path.read_text(encoding="utf-8").startswith("<svg") for path in figures)


def test_files_for_programs_have_full_names_and_precision(report: Path):
    scores = pd.read_csv(report / "tables/scores.csv")
    assert set(scores["arm"]) == {"nnUNetTrainerA", "nnUNetTrainerB"}
    expected = make_results("nnUNetTrainerA", patients=PATIENTS[:3], sequences=("t1",)).cases[0].structures[0].dice
    cell = scores[(scores["arm"] == "nnUNetTrainerA") & (scores["measure"] == "dice")].iloc[0]
    assert cell["value"] == expected


def test_tables_for_people_have_short_names(report: Path):
    text = (report / "tables/overview.md").read_text(encoding="utf-8")
    assert "nnUNetTrainer" not in text
    assert "| A |" in text


def test_a_report_may_be_written_again(rows: Path, report: Path):
    assert main(["compare", str(rows), "--output", str(report), "--no-images", "--overwrite"]) == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--metric", "accuracy"], "--metric: expected one of dice, iou"),
        (["--baseline", "C"], "--baseline: expected one of nnUNetTrainerA, nnUNetTrainerB, got 'C'"),
        (["--structures", "vertebrae", "tumour"], "--structures: expected some of vertebrae, canal, discs"),
        (["--cases", "-1"], "--cases: expected 0 or more, got -1"),
    ],
)
def test_wrong_options(rows: Path, tmp_path: Path, capsys, arguments: list[str], message: str):
    assert main(["compare", str(rows), "--output", str(tmp_path / "report"), *arguments]) == 2
    assert message in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_wrong_folders(rows: Path, report: Path, tmp_path: Path, capsys):
    assert main(["compare", str(rows), "--output", str(report)]) == 2
    assert "say --overwrite to replace it" in capsys.readouterr().err
    assert main(["compare", str(rows), "--output", str(rows), "--overwrite"]) == 2
    assert "found something else" in capsys.readouterr().err
    assert main(["compare", "missing.jsonl", "--output", str(rows / "000.jsonl/report")]) == 2
    assert "000.jsonl/report cannot be written" in capsys.readouterr().err  # before results are read
    assert main(["compare", str(tmp_path), "--output", str(tmp_path / "report")]) == 2
    assert "found none" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
