"""The folder of a report: whole or not there, and never in the place of something else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from nnunet_spine.comparison.output import MARK, PAGE, REPORT
from nnunet_spine.plumbing.whole_folder import LISTING


def report(folder: Path, text: str = "old") -> Path:
    with REPORT.built_beside(folder) as beside:
        (beside / PAGE).write_text(f'<head>{MARK} 1"></head>{text}')
    return folder


def test_it_appears_whole(tmp_path: Path):
    with REPORT.built_beside(tmp_path / "deep/report") as beside:
        assert not (tmp_path / "deep/report").exists()
        (beside / PAGE).write_text("page")
    assert sorted(path.name for path in (tmp_path / "deep/report").iterdir()) == ["figures", LISTING, PAGE, "tables"]
    assert (tmp_path / "deep/report" / LISTING).read_text() == f"{PAGE}\n"
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["report"]


def test_a_failure_leaves_the_earlier_report(tmp_path: Path):
    folder = report(tmp_path / "report")
    with pytest.raises(OSError, match="disk full"), REPORT.built_beside(folder):
        raise OSError("disk full")
    assert "old" in (folder / PAGE).read_text()
    assert [path.name for path in tmp_path.iterdir()] == ["report"]


def test_an_earlier_report_is_replaced_on_demand(tmp_path: Path):
    folder = report(tmp_path / "report")
    with pytest.raises(ValueError, match="there is a report already; say --overwrite"):
        REPORT.require_free(folder, overwrite=False)
    REPORT.require_free(folder, overwrite=True)
    assert "new" in (report(folder, "new") / PAGE).read_text()


def test_something_else_is_refused(tmp_path: Path):
    folder = tmp_path / "data"
    folder.mkdir()
    REPORT.require_free(folder, overwrite=False)
    (folder / "thesis.tex").write_text("years of work")
    for overwrite in (False, True):
        with pytest.raises(ValueError, match="found something else"):
            REPORT.require_free(folder, overwrite=overwrite)
    (folder / "thesis.tex").rename(folder / PAGE)
    with pytest.raises(ValueError, match="found something else"):
        REPORT.require_free(folder, overwrite=True)
    with pytest.raises(ValueError, match="found something else"):
        REPORT.require_free(folder / PAGE, overwrite=True)


@pytest.mark.parametrize("name", ["notes.txt", "tables/mine.csv", "figures/paper/final.svg"])
def test_a_report_with_foreign_files_is_refused(tmp_path: Path, name: str):
    folder = report(tmp_path / "report")
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text("mine")
    with pytest.raises(ValueError, match="found something else"):
        REPORT.require_free(folder, overwrite=True)


def test_a_report_with_a_link_to_other_files_is_refused(tmp_path: Path):
    folder = report(tmp_path / "report")
    (tmp_path / "data").mkdir()
    (folder / "tables/data").symlink_to(tmp_path / "data")
    with pytest.raises(ValueError, match="found something else"):
        REPORT.require_free(folder, overwrite=True)


def test_a_link_stays_one_and_what_it_leads_to_is_replaced(tmp_path: Path):
    folder, link = report(tmp_path / "elsewhere/report"), tmp_path / "report"
    link.symlink_to(folder)
    REPORT.require_free(link, overwrite=True)
    report(link, "new")
    assert link.is_symlink()
    assert "new" in (folder / PAGE).read_text()
    assert [path.name for path in folder.parent.iterdir()] == ["report"]


@pytest.mark.parametrize("name", [".", "..", "../work", "/"])
def test_the_current_folder_and_those_above_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str):
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    with pytest.raises(ValueError, match="is replaced as a whole: name a folder in it"):
        REPORT.require_free(Path(name), overwrite=True)
    REPORT.require_free(Path(name) / "report", overwrite=False)


def test_a_folder_that_cannot_be_written_is_told_at_once(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match=r"--output: .*file/deep/report cannot be written: .*file: Not a directory"):
        REPORT.require_free(tmp_path / "file/deep/report", overwrite=False)


KILLED = """
import os, sys
from pathlib import Path
from nnunet_spine.comparison.output import REPORT
rename = Path.rename
def stop(self, target):
    if self.name.endswith(".partial"):
        os._exit(9)
    rename(self, target)
Path.rename = stop
with REPORT.built_beside(Path(sys.argv[1])) as beside:
    (beside / "index.html").write_text("half")
"""


def test_what_a_killed_run_left_is_removed_and_the_earlier_report_put_back(tmp_path: Path):
    folder = report(tmp_path / "report")
    assert subprocess.run([sys.executable, "-c", KILLED, str(folder)], check=False).returncode == 9
    assert not folder.exists()
    with REPORT.built_beside(folder) as beside:
        assert "old" in (folder / PAGE).read_text()
        assert not (beside / PAGE).exists()
        (beside / PAGE).write_text("new")
    assert [path.name for path in tmp_path.iterdir()] == ["report"]
    assert (folder / PAGE).read_text() == "new"


def test_one_run_at_a_time_writes_a_folder(tmp_path: Path):
    folder = tmp_path / "report"
    with REPORT.built_beside(folder) as beside:
        with pytest.raises(ValueError, match="another process is working on"), REPORT.built_beside(folder):
            pass
        (beside / PAGE).write_text("page")
    assert (folder / PAGE).read_text() == "page"
