"""A graph as jobs of a real SLURM: few submissions, nothing lost when jobs or the driver are killed, nothing twice."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from nnunet_spine.experiments.nodes import Graph, Node
from nnunet_spine.experiments.workspace import Workspace

from .made_graphs import COUNT, made_graph, made_node, wait_until
from .slurm import Slurm, single_node_slurm

pytest.importorskip("snakemake_executor_plugin_slurm")

QUICKLY = ("--slurm-init-seconds-before-status-checks", "6", "--max-status-checks-per-second", "10")
DEVICE = f"{COUNT}; import os; open('device', 'w').write(str(os.environ.get('CUDA_VISIBLE_DEVICES')))"
AT_SECOND = f"import os, time; first = not os.path.exists('runs'); {DEVICE}\nwhile first: time.sleep(1)"
UNTIL_TOLD = f"{DEVICE}; import time\nwhile not os.path.exists('go'): time.sleep(0.02)"
DRIVE = """
import sys
from pathlib import Path
from nnunet_spine.experiments.engine.drive import run_graph
from nnunet_spine.experiments.engine.options import RunOptions
from nnunet_spine.experiments.nodes import read_graph
sys.exit(run_graph(read_graph(Path(sys.argv[1])), RunOptions(1, slurm=True, extra=tuple(sys.argv[2:]))))
"""


@pytest.fixture(scope="module")
def slurm() -> Iterator[Slurm]:
    with single_node_slurm() as started:
        yield started


@contextmanager
def driven(graph: Graph, slurm: Slurm) -> Iterator[subprocess.Popen]:
    """A process that runs a graph with SLURM; killed (-9) after the block."""
    path = graph.workspace / "graph.json"
    graph.write(path)
    words = [sys.executable, "-c", DRIVE, str(path), *QUICKLY]
    with subprocess.Popen(words, env=slurm.variables, cwd=graph.workspace) as process:
        try:
            yield process
        finally:
            process.kill()


def file(graph: Graph, node: Node, name: str) -> Path:
    return Workspace(graph.workspace).node(node.id).folder / name


def runs(graph: Graph, *nodes: Node) -> list[int]:
    """How often the nodes' commands were run."""
    paths = [file(graph, node, "runs") for node in nodes]
    return [len(path.read_text()) if path.exists() else 0 for path in paths]


def test_a_graph_is_made_once_though_jobs_fail_and_are_cancelled_and_the_driver_is_killed(slurm: Slurm, tmp_path: Path):
    lacks = tmp_path / "lacks"
    bad = made_node("degrade", "bad", f"{COUNT}; open({str(lacks)!r})")
    good = [made_node("degrade", f"good {i}", DEVICE) for i in range(3)]
    cancelled, long = made_node("train", "cancelled", AT_SECOND), made_node("train", "long", UNTIL_TOLD)
    nodes = (bad, *good, cancelled, long)
    graph = made_graph(tmp_path, *nodes)
    # Two of twelve hours are a batch.
    graph = replace(graph, needs={kind: replace(need, hours=12.0) for kind, need in graph.needs.items()})

    with driven(graph, slurm):
        wait_until(lambda: runs(graph, cancelled, long) == [1, 1])
        (job,) = (job.id for job in slurm.jobs() if cancelled.id in job.comment)
        slurm.run("scancel", job)
        wait_until(lambda: file(graph, cancelled, "done.json").exists(), 60)
        wait_until(lambda: runs(graph, *nodes) == [1, 1, 1, 1, 2, 1])
    assert len({job.comment for job in slurm.jobs() if "degrade" in job.comment}) == 2, "submissions of four steps"
    devices = [file(graph, node, "device").read_text() for node in (cancelled, long, good[0])]
    assert devices in (["0", "1", "None"], ["1", "0", "None"])

    lacks.touch()
    with driven(graph, slurm) as driver:
        wait_until(lambda: ("PENDING", "Dependency") in {(job.state, job.reason) for job in slurm.jobs()})
        file(graph, long, "go").touch()
        assert driver.wait(60) == 0
    assert runs(graph, *nodes) == [2, 1, 1, 1, 2, 1], "only what failed"
