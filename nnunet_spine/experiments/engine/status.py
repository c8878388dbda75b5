"""How a run stands, seen from outside: while it goes on, after it was killed, after its end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nnunet_spine.experiments.engine.drive import LOCK
from nnunet_spine.experiments.engine.progress import View, Viewer
from nnunet_spine.experiments.engine.reports import report_line
from nnunet_spine.experiments.engine.snakemake import GRAPH
from nnunet_spine.experiments.engine.states import Watch
from nnunet_spine.experiments.engine.versions import different_versions
from nnunet_spine.experiments.job.locks import is_held
from nnunet_spine.experiments.nodes import read_graph
from nnunet_spine.experiments.workspace import Workspace

_GO_ON = "  not being run: the same command without --status goes on"


def status(name: str, workspace: Workspace) -> list[str]:
    """Lines on an experiment.

    Raises:
        ValueError: if it was never run in this workspace.
    """
    folder = workspace.experiment(name)
    if not (folder / GRAPH).exists():
        raise ValueError(f"{name} was not run in {workspace.folder} yet: expected {folder / GRAPH}")
    graph = read_graph(folder / GRAPH)
    view = Viewer(graph).view(Watch(graph).look())
    lines = view.lines()
    if view.counts["done"] < len(view.states):
        is_run = is_held(folder / LOCK)
        lines += ["  being run"] if is_run else [*_left_over(view), _GO_ON]
    report = report_line(graph)
    more = [*different_versions(view.states), *([report] if report else [])]
    return [*lines, *(f"  {line}" for line in more)]


def _left_over(view: View) -> list[str]:
    """A line for each job that runs though nobody drives it, with the command that ends it."""
    records = {id_: state.record for id_, state in view.states.items() if state.status == "running"}
    return [f"  left running: {_process(record)} | {view.graph.nodes[id_].title}" for id_, record in records.items()]


def _process(record: Mapping[str, Any]) -> str:
    if job := record.get("slurm_job"):
        return f"SLURM's job {job}; scancel {job} ends it"
    # Without a group it is between two commands.
    ending = f"kill -- -{record['group']}" if "group" in record else f"kill {record['pid']}"
    return f"process {record['pid']} on {record['host']}; there {ending} ends it"
