"""Graphs of tiny commands, for tests of what runs them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from nnunet_spine.experiments.nodes import KINDS, Command, Graph, Need, Node

COUNT = "open('runs', 'a').write('x')"
"""Python that counts in the node's folder how often it was run."""


def made_node(
    kind: str, title: str, *programs: str, needs: Sequence[Node] = (), results: Sequence[Path] = (), **rest: object
) -> Node:
    """A node whose commands are Python programs; what decides about it is its title alone."""
    commands = tuple(Command((sys.executable, "-c", program)) for program in programs)
    ids = tuple(need.id for need in needs)
    return Node(kind, title, {"title": title}, ids, commands, results=tuple(map(str, results)), **rest)


def made_graph(workspace: Path, *nodes: Node, name: str = "made", results: dict[str, tuple[str, ...]] | None = None):
    """A graph of nodes, with one core a job."""
    needs = {kind: Need(1, 0.1, 1.0, int(kind in ("train", "finetune", "predict"))) for kind in KINDS}
    return Graph(name, workspace, {node.id: node for node in nodes}, results or {}, needs)


def start_job(graph: Graph, node: Node, *options: str, **variables: str) -> subprocess.Popen:
    """Start the job of a node."""
    path = graph.workspace / "graph.json"
    graph.workspace.mkdir(parents=True, exist_ok=True)
    graph.write(path)
    command = [sys.executable, "-m", "nnunet_spine.experiments.job", str(path), node.id, *options]
    return subprocess.Popen(command, env=os.environ | variables, stderr=subprocess.PIPE, text=True)


def run_job(graph: Graph, node: Node, *options: str, **variables: str) -> int:
    """Exit code of the job of a node."""
    return start_job(graph, node, *options, **variables).wait(60)


def wait_until(condition: Callable[[], object], seconds: float = 30) -> None:
    """Wait for something to become true."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.02)


_RUN = """
import sys
from pathlib import Path
from nnunet_spine.experiments.engine.drive import run_graph
from nnunet_spine.experiments.engine.options import RunOptions
from nnunet_spine.experiments.nodes import read_graph
sys.exit(run_graph(read_graph(Path(sys.argv[1])), RunOptions(2)))
"""


def _hear_interruptions() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def start_run(graph: Graph) -> subprocess.Popen:
    """Start a process that runs a graph, and hears Ctrl-C also where the tests run in the background of a shell."""
    path = graph.workspace / "graph.json"
    graph.workspace.mkdir(parents=True, exist_ok=True)
    graph.write(path)
    command = [sys.executable, "-c", _RUN, str(path)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, preexec_fn=_hear_interruptions)
