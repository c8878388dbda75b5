"""The folder of a report: whole or not there, and never in the place of something else."""

from __future__ import annotations

from pathlib import Path

import pytest

from nnunet_spine.comparison.output import MARK, PAGE, built_beside, require_free


def report(folder: Path, text: str = "old") -> Path:
    with built_beside(folder) as beside:
        (beside / PAGE).write_text(f'<head>{MARK} 1"></head>{text}')
    return folder


def test_it_appears_whole(tmp_path: Path):
    with built_beside(tmp_path / "deep/report") as beside:
        assert not (tmp_path / "deep/report").exists()
        (beside / PAGE).write_text("page")
    assert sorted(path.name for path in (tmp_path / "deep/report").iterdir()) == ["figures", PAGE, "tables"]
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["report"]


def test_a_failure_leaves_the_earlier_report(tmp_path: Path):
    folder = report(tmp_path / "report")
    with pytest.raises(OSError, match="disk full"), built_beside(folder):
        raise OSError("disk full")
    assert "old" in (folder / PAGE).read_text()
    assert [path.name for path in tmp_path.iterdir()] == ["report"]


def test_an_earlier_report_is_replaced_on_demand(tmp_path: Path):
    folder = report(tmp_path / "report")
    with pytest.raises(ValueError, match="there is a report already; say --overwrite"):
        require_free(folder, overwrite=False)
    require_free(folder, overwrite=True)
    assert "new" in (report(folder, "new") / PAGE).read_text()


def test_something_else_is_refused(tmp_path: Path):
    folder = tmp_path / "data"
    folder.mkdir()
    require_free(folder, overwrite=False)
    (folder / "thesis.tex").write_text("years of work")
    for overwrite in (False, True):
        with pytest.raises(ValueError, match="found something else"):
            require_free(folder, overwrite=overwrite)
    (folder / "thesis.tex").rename(folder / PAGE)
    with pytest.raises(ValueError, match="found something else"):
        require_free(folder, overwrite=True)
    with pytest.raises(ValueError, match="found something else"):
        require_free(folder / PAGE, overwrite=True)


def test_a_report_with_foreign_files_is_refused(tmp_path: Path):
    folder = report(tmp_path / "report")
    (folder / "notes.txt").write_text("mine")
    with pytest.raises(ValueError, match="found something else"):
        require_free(folder, overwrite=True)
