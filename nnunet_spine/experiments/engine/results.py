"""Files of results under names that can be read, and the report on them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from nnunet_spine.experiments.engine.states import State
from nnunet_spine.experiments.nodes import Graph
from nnunet_spine.experiments.workspace import Workspace
from nnunet_spine.plumbing.programs import of_this_environment

RESULTS, REPORT, LOG = "results", "report", "report.log"
"""In the folder of an experiment."""

COMPARE = ("nnunet-spine", "compare")

_PAUSE_S = 300.0
_PAUSE_OF_DURATION = 10


def gather_results(graph: Graph, states: Mapping[str, State]) -> list[Path]:
    """Link every file of results that is there into the folder of results, and nothing else.

    Returns:
        The links.
    """
    folder = Workspace(graph.workspace).experiment(graph.experiment) / RESULTS
    folder.mkdir(parents=True, exist_ok=True)
    files = {name: file for name, (id_, file) in _named(graph).items() if states[id_].status == "done"}
    for path in set(folder.iterdir()) - {folder / name for name in files}:
        path.unlink()
    for name, file in files.items():
        if not ((folder / name).exists() and (folder / name).samefile(file)):
            _link(folder / name, file)
    return [folder / name for name in files]


class Reports:
    """Writes the report anew when there are new results, in a process of its own.

    Args:
        graph: whose results.
        command: that compares; what `nnunet-spine compare` takes is added.
    """

    def __init__(self, graph: Graph, command: Sequence[str] = COMPARE) -> None:
        self._folder = Workspace(graph.workspace).experiment(graph.experiment)
        self._title = graph.experiment
        self._command = of_this_environment(command)
        self._process: subprocess.Popen | None = None
        self._of: list[Path] = []
        self._ended_well = False
        self._begun = self._next = 0.0
        self.note = ""

    def update(self, results: list[Path]) -> str:
        """Begin a report if there are new results and the last one is long enough ago.

        Returns:
            What came of the last one that ended, for persons.
        """
        self._collect()
        if self._process is None and time.monotonic() >= self._next and set(results) - set(self._of):
            self._start(results)
        return self.note

    def finish(self, results: list[Path]) -> str:
        """Write the last report, unless the one that is there is on all results, and wait for it.

        Returns:
            What came of it, for persons.
        """
        if self._process is not None:
            self._process.wait()
            self._collect()
        if not results:
            return "No report: there are no results."
        if not self._ended_well or set(results) != set(self._of):
            self._start(results)
            self._process.wait()
            self._collect()
        return self.note

    def stop(self) -> None:
        """End a report that is being written; the one before stays."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait()

    def _start(self, results: list[Path]) -> None:
        words = [*self._command, str(self._folder / RESULTS), "--output", str(self._folder / REPORT)]
        words += ["--overwrite", "--title", self._title]
        with (self._folder / LOG).open("wb") as log:
            self._process = subprocess.Popen(
                words, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )
        self._of, self._begun = results, time.monotonic()

    def _collect(self) -> None:
        if self._process is None or self._process.poll() is None:
            return
        plural = "s" * (len(self._of) != 1)
        self._ended_well = self._process.returncode == 0
        if self._ended_well:
            self.note = f"Report on {len(self._of)} file{plural} of results: {self._folder / REPORT / 'index.html'}"
        else:
            lines = (self._folder / LOG).read_text(encoding="utf-8", errors="replace").strip().splitlines()
            said = lines[-1] if lines else f"exit code {self._process.returncode}"
            self.note = f"No report on {len(self._of)} file{plural} of results: {said}"
        # Comparing many results must not take the time of the work itself.
        now = time.monotonic()
        self._next = now + max(_PAUSE_S, _PAUSE_OF_DURATION * (now - self._begun))
        self._process = None


def _named(graph: Graph) -> dict[str, tuple[str, Path]]:
    """Node and file of all results by the name of the link to it, after the title of the node."""
    named: dict[str, tuple[str, Path]] = {}
    for id_, files in graph.results.items():
        title = re.sub(r"[^\w.+-]+", "_", graph.nodes[id_].title.removeprefix("evaluate ")).strip("_")
        for file in map(Path, files):
            name = title if len(files) == 1 else f"{title}_{file.stem}"
            if f"{name}{file.suffix}" in named:
                name += f"_{id_.rpartition('-')[2]}"
            named[f"{name}{file.suffix}"] = (id_, file)
    return named


def _link(path: Path, file: Path) -> None:
    path.unlink(missing_ok=True)
    try:
        path.symlink_to(os.path.relpath(file, path.parent))
    except OSError:
        # File systems without links.
        shutil.copy(file, path)
