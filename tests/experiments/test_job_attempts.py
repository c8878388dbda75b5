"""Further attempts, such as after the time limit of a cluster, are for jobs that were stopped."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nnunet_spine.experiments.workspace import Workspace

from .made_graphs import COUNT, made_graph, made_node, run_job


@pytest.mark.parametrize(("stopped", "attempt", "code", "runs"), [(True, 2, 0, 1), (False, 2, 1, 0), (False, 1, 0, 1)])
def test_what_failed_by_itself_is_tried_again_by_a_new_run_only(
    stopped: bool, attempt: int, code: int, runs: int, tmp_path: Path
):
    node = made_node("train", "a training", COUNT)
    folder = Workspace(tmp_path).node(node.id)
    folder.folder.mkdir(parents=True)
    folder.failed.write_text(json.dumps({"cause": "some", "exit_code": 1, "stopped": stopped}))
    assert run_job(made_graph(tmp_path, node), node, "--attempt", str(attempt)) == code
    count = folder.folder / "runs"
    assert (len(count.read_text()) if count.exists() else 0) == runs
    assert folder.failed.exists() == (code == 1)
