"""Which small steps share a submission, and what Snakemake is told."""

from __future__ import annotations

import io
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from nnunet_spine.experiments.engine import slurm, snakemake
from nnunet_spine.experiments.engine.drive import run_graph
from nnunet_spine.experiments.engine.options import RunOptions
from nnunet_spine.experiments.nodes import Graph, Node

from .made_graphs import COUNT, made_graph, made_node


@pytest.fixture
def graph(tmp_path: Path) -> Graph:
    """Images under three conditions, two models, each predicting two tests of other data, which are evaluated."""
    data, *tests = (made_node("convert", title) for title in ("data", "test 0", "test 1"))
    conditions = [made_node("degrade", f"condition {i}", needs=[data]) for i in range(3)]
    nodes = [data, *tests, *conditions]
    for model in "ab":
        training = made_node("train", model, needs=[data])
        predictions = [made_node("predict", f"{model}{i}", needs=[training, tests[i], *conditions]) for i in range(2)]
        nodes += [training, *predictions, *(made_node("evaluate", p.title, needs=[p]) for p in predictions)]
    return made_graph(tmp_path, *nodes)


def batches(graph: Graph) -> list[list[str]]:
    """Kind and titles of each batch's nodes."""
    members = defaultdict(list)
    for id_, name in slurm.batches(graph).items():
        members[name].append(graph.nodes[id_])
    return sorted([nodes[0].kind, *(node.title for node in nodes)] for nodes in members.values())


def with_hours(graph: Graph, kind: str, hours: float) -> Graph:
    return replace(graph, needs={**graph.needs, kind: replace(graph.needs[kind], hours=hours)})


def test_small_nodes_of_a_kind_that_wait_for_the_same_trainings_or_data_are_a_batch(graph: Graph):
    assert batches(graph) == [
        ["degrade", "condition 0", "condition 1", "condition 2"],
        ["evaluate", "a0", "a1"],
        ["evaluate", "b0", "b1"],
        ["predict", "a0", "a1"],
        ["predict", "b0", "b1"],
    ]


def test_a_batch_asks_for_a_day_at_most_and_one_node_is_none(graph: Graph):
    assert batches(with_hours(graph, "degrade", 12))[0] == ["degrade", "condition 0", "condition 1"]
    assert batches(with_hours(graph, "degrade", 13))[0][0] == "evaluate"


def test_of_too_many_batches_nodes_are_together_as_they_come(graph: Graph, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(slurm, "SUBMISSIONS", 1)
    assert [batch for batch in batches(graph) if batch[0] == "predict"] == [["predict", "a0", "a1", "b0", "b1"]]


def test_batches_are_the_same_when_a_part_is_done(graph: Graph):
    before = slurm.batches(graph)
    for id_ in list(graph.nodes)[:6]:
        done = graph.workspace / "nodes" / id_ / "done.json"
        done.parent.mkdir(parents=True)
        done.touch()
    assert slurm.batches(graph) == before


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Puts a program in place of one of SLURM's."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=":")
    (tmp_path / "bin").mkdir()

    def put(name: str, script: str) -> None:
        path = tmp_path / "bin" / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    return put


def node_of(graph: Graph, kind: str) -> Node:
    return next(node for node in graph.nodes.values() if node.kind == kind)


def test_jobs_in_the_queue_are_found_by_workspace_node_and_batch(graph: Graph, program: Callable[[str, str], None]):
    training, evaluation = node_of(graph, "train"), node_of(graph, "evaluate")
    batch = slurm.batches(graph)[evaluation.id]
    program("sacct", "exit 1")
    program("squeue", "")
    words = slurm.slurm_options(graph, graph.workspace, None, ())
    name = words[words.index("--slurm-jobname-prefix") + 1]
    lines = [
        f"11|{name}_1234|rule_train_wildcards_{training.id}",
        f"12|{name}_1234|rule_{batch}_evaluate",
        f"13|another_1234|rule_train_wildcards_{training.id}",
    ]
    program("squeue", f"cat <<END\n{chr(10).join(lines)}\nEND")
    earlier = slurm.slurm_config(graph)["earlier"]
    assert earlier.pop(training.id) == "--dependency=afterany:11"
    assert set(earlier) == {id_ for id_, name in slurm.batches(graph).items() if name == batch}
    assert set(earlier.values()) == {"--dependency=afterany:12"}


def test_sacct_is_asked_only_where_it_answers_and_own_settings_count(
    graph: Graph, program: Callable[[str, str], None], tmp_path: Path
):
    (tmp_path / "config.yaml").write_text("jobs: 7\nretries: 0\n")
    for answer, status in (("exit 1", "squeue"), ("exit 0", "sacct")):
        program("sacct", answer)
        words = slurm.slurm_options(graph, graph.workspace, tmp_path, ("--latency-wait", "5"))
        assert words[words.index("--slurm-status-command") + 1] == status
        assert not {"--jobs", "--retries", "--latency-wait"} & set(words)
        assert "--max-status-checks-per-second" in words


def test_the_example_of_a_profile_is_one_that_snakemake_takes(graph: Graph, program: Callable[[str, str], None]):
    pytest.importorskip("snakemake_executor_plugin_slurm")
    program("sacct", "exit 1")
    program("squeue", "")
    profile = Path(__file__).parents[2] / "experiments/profiles/slurm"
    options = RunOptions(1, slurm=True, profile=profile, extra=("--dry-run",))
    snakemake.prepare(graph, options, list(graph.nodes))
    shown = subprocess.run(snakemake.command(graph, options), check=True, capture_output=True, text=True).stdout
    assert "slurm_partition=gpu, slurm_account=my_project" in shown


def test_without_slurm_it_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ValueError, match="--slurm: sbatch, squeue, scancel, srun not found"):
        slurm.require_slurm()


AS_SNAKEMAKE = """
import json, subprocess, sys
config = json.load(open(sys.argv[1]))
asked = [node for node in sys.argv[2:] if node in config["targets"]]
for node in asked[:2]:
    subprocess.run([sys.executable, "-m", "nnunet_spine.experiments.job", config["graph"], node])
"""


def test_what_needs_the_others_of_a_failed_batch_is_made_by_a_second_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    bad, good = made_node("degrade", "bad", f"{COUNT}; 1 / 0"), made_node("degrade", "good", COUNT)
    of_bad, of_good = (made_node("predict", f"of {node.title}", COUNT, needs=[node]) for node in (bad, good))
    graph = made_graph(tmp_path, bad, good, of_bad, of_good)
    config = tmp_path / graph.experiment / snakemake.CONFIG
    words = [sys.executable, "-c", AS_SNAKEMAKE, str(config), bad.id, good.id, of_good.id]
    monkeypatch.setattr(snakemake, "command", lambda graph, options: words)
    assert run_graph(graph, RunOptions(1), io.StringIO()) == 1
    counts = [tmp_path / "nodes" / node.id / "runs" for node in (bad, good, of_bad, of_good)]
    assert [path.read_text() if path.exists() else "" for path in counts] == ["x", "x", "", "x"]
