"""Links in a workspace move with it; those to files elsewhere do not."""

from __future__ import annotations

from pathlib import Path

import pytest

from nnunet_spine.steps import cases
from nnunet_spine.steps.links import link

from .conftest import MakeRaw


def test_cases_of_a_moved_workspace_are_still_there(make_raw: MakeRaw, tmp_path: Path):
    before, after = tmp_path / "workspace", tmp_path / "elsewhere" / "moved"
    raw = before / "nodes" / "convert-1" / "nnUNet_raw" / "Dataset001_A"
    raw.parent.mkdir(parents=True)
    make_raw("1_t1", "2_t1").folder.rename(raw)
    cases.main([str(raw), str(before / "nodes" / "predict-1" / "cases")])
    after.parent.mkdir()
    before.rename(after)
    labels = after / "nodes" / "predict-1" / "cases" / "labels"
    assert sorted(path.read_text() for path in labels.iterdir()) == ["label of 1_t1", "label of 2_t1"]


@pytest.mark.parametrize("source", ["data", "other/nodes/data", "nodes"])
def test_a_link_that_leads_elsewhere_is_a_whole_path(source: str, tmp_path: Path):
    (tmp_path / source).mkdir(parents=True)
    folder = tmp_path / "workspace" / "nodes" / "predict-1"
    folder.mkdir(parents=True)
    link(folder / "data", tmp_path / source)
    assert Path((folder / "data").readlink()) == (tmp_path / source).resolve()


def test_a_workspace_may_be_reached_by_a_link(tmp_path: Path):
    (tmp_path / "disk" / "nodes" / "data").mkdir(parents=True)
    (tmp_path / "workspace").symlink_to(tmp_path / "disk")
    link(tmp_path / "workspace" / "nodes" / "link", tmp_path / "workspace" / "nodes" / "data")
    assert (tmp_path / "disk" / "nodes" / "link").readlink() == Path("data")
