"""Files of results together in one folder, and the command that compares them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from nnunet_spine.experiments.engine.states import State
from nnunet_spine.experiments.nodes import Graph
from nnunet_spine.experiments.workspace import Workspace
from nnunet_spine.plumbing.names import SCORES

RESULTS, REPORT = "results", "report"
"""In the folder of an experiment."""

COMPARE = ("nnunet-spine", "compare")


def gather_results(graph: Graph, states: Mapping[str, State]) -> dict[Path, str]:
    """Link every file of results that is there into the folder of results; earlier ones go, what is a user's stays.

    Returns:
        The links with the ids of their nodes, in the order of the experiment's arms.
    """
    folder = Workspace(graph.workspace).experiment(graph.experiment) / RESULTS
    folder.mkdir(parents=True, exist_ok=True)
    there = {folder / name: found for name, found in _named(graph).items() if states[found[0]].status == "done"}
    for path in filter(_is_put_here, set(folder.iterdir()) - there.keys()):
        path.unlink()
    for path, (_, file) in there.items():
        if not (path.exists() and path.samefile(file)):
            _link(path, file)
    return {path: id_ for path, (id_, _) in there.items()}


def comparison(graph: Graph, files: Iterable[Path | str], ids: Iterable[str]) -> list[str]:
    """What `nnunet-spine compare` is given to write an experiment's report.

    Args:
        graph: of the experiment.
        files: of results, each by itself: in the order of the arms, which that of names in a folder is not.
        ids: of the nodes that made them; without any of the baseline's the report has none yet.
    """
    output = Workspace(graph.workspace).experiment(graph.experiment) / REPORT
    words = [*map(str, files), "--output", str(output), "--overwrite", "--title", graph.experiment]
    return [*words, *asked(graph, ids)]


def asked(graph: Graph, ids: Iterable[str]) -> list[str]:
    """Options that decide what a report on the results of these nodes tests."""
    arms = {graph.nodes[id_].settings.get("arm") for id_ in ids}
    # One word, since names may begin with -.
    baseline = [f"--baseline={graph.baseline}"] if graph.baseline in arms - {None} else []
    return [*baseline, *(["--steps"] if graph.steps else [])]


def _named(graph: Graph) -> dict[str, tuple[str, Path]]:
    """Node and file of all results by the name of the link to it: the file's, which says arm, fold, test and all."""
    named: dict[str, tuple[str, Path]] = {}
    for id_, files in graph.results.items():
        for file in map(Path, files):
            # Names of arms may differ in signs that names of files cannot have.
            name = file.name if file.name not in named else f"{file.stem}_{id_.rpartition('-')[2]}{file.suffix}"
            named[name] = (id_, file)
    return named


def _is_put_here(path: Path) -> bool:
    """Whether a file may be of an earlier run: a link, or a copy where there are no links."""
    return path.is_symlink() or (path.suffix == SCORES and path.is_file())


def _link(path: Path, file: Path) -> None:
    path.unlink(missing_ok=True)
    try:
        path.symlink_to(os.path.relpath(file, path.parent))
    except OSError:
        # File systems without links.
        shutil.copy(file, path)
