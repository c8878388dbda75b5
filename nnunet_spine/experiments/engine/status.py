"""How a run stands, seen from outside: while it goes on, after it was killed, after its end."""

from __future__ import annotations

from nnunet_spine.experiments.engine.drive import LOCK
from nnunet_spine.experiments.engine.progress import Viewer
from nnunet_spine.experiments.engine.results import REPORT
from nnunet_spine.experiments.engine.snakemake import GRAPH
from nnunet_spine.experiments.engine.states import Watch
from nnunet_spine.experiments.job.locks import is_held
from nnunet_spine.experiments.nodes import read_graph
from nnunet_spine.experiments.workspace import Workspace


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
        lines.append("  being run" if is_run else "  not being run: the same command without --status goes on")
    page = folder / REPORT / "index.html"
    return [*lines, f"  report: {page}"] if page.exists() else lines
