"""The report on the results that are there, and what it is a report on."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from nnunet_spine.experiments.engine.results import COMPARE, REPORT, asked, comparison
from nnunet_spine.experiments.nodes import Graph
from nnunet_spine.experiments.workspace import Workspace
from nnunet_spine.plumbing.files import read_json, write_text
from nnunet_spine.plumbing.programs import of_this_environment

LOG, RECORD = "report.log", "report.json"
"""In the folder of an experiment: what the comparison printed, and what the report that is there is a report on."""

_PAUSE_S = 300.0
_PAUSE_OF_DURATION = 10


class Reports:
    """Writes the report anew when there are new results, in a process of its own.

    Args:
        graph: whose results.
        command: that compares; what `nnunet-spine compare` takes is added.
    """

    def __init__(self, graph: Graph, command: Sequence[str] = COMPARE) -> None:
        self._graph = graph
        self._folder = Workspace(graph.workspace).experiment(graph.experiment)
        self._command = of_this_environment(command)
        self._process: subprocess.Popen | None = None
        self._written = _record(self._folder)
        self._tried = self._written
        self._begun = self._next = 0.0
        self.note = ""

    def is_on(self, results: Mapping[Path, str]) -> bool:
        """Whether the report that is there is a report on just these."""
        return self._written == self._content(results)

    def update(self, results: Mapping[Path, str]) -> str:
        """Begin a report if there are new results and the last one is long enough ago.

        Args:
            results: as `gather_results` gives them.

        Returns:
            What came of the last one that ended, for persons.
        """
        self._collect()
        new = set(results.values()) - set((self._tried or {}).get("results", ()))
        if self._process is None and time.monotonic() >= self._next and new:
            self._start(results)
        return self.note

    def finish(self, results: Mapping[Path, str]) -> str:
        """Write the last report, unless the one that is there is on all results, and wait for it.

        Returns:
            What came of it, for persons.
        """
        self._wait()
        if not results:
            return "No report: there are no results."
        if not self.is_on(results):
            self._start(results)
            self._wait()
        return self.note if self._tried != self._written else report_line(self._graph)

    def stop(self) -> None:
        """End a report that is being written; the one before stays."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait()

    def _content(self, results: Mapping[Path, str]) -> dict[str, Any]:
        ids = list(dict.fromkeys(results.values()))
        return {"results": ids, "asked": asked(self._graph, ids)}

    def _start(self, results: Mapping[Path, str]) -> None:
        words = [*self._command, *comparison(self._graph, results, results.values())]
        with (self._folder / LOG).open("wb") as log:
            self._process = subprocess.Popen(
                words, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )
        self._tried, self._begun = self._content(results), time.monotonic()

    def _wait(self) -> None:
        if self._process is not None:
            self._process.wait()
        self._collect()

    def _collect(self) -> None:
        if self._process is None or (code := self._process.poll()) is None:
            return
        # Comparing many results must not take the time of the work itself.
        now = time.monotonic()
        self._next = now + max(_PAUSE_S, _PAUSE_OF_DURATION * (now - self._begun))
        self._process = None
        if code == 0:
            write_text(self._folder / RECORD, json.dumps(self._tried, indent=1) + "\n")
            self._written = self._tried
            self.note = report_line(self._graph)
        else:
            lines = (self._folder / LOG).read_text(encoding="utf-8", errors="replace").strip().splitlines()
            self.note = f"No new report: {lines[-1] if lines else f'exit code {code}'}"


def report_line(graph: Graph) -> str:
    """Where the report is and what it is a report on, for persons; empty if there is none."""
    folder = Workspace(graph.workspace).experiment(graph.experiment)
    record, page = _record(folder), folder / REPORT / "index.html"
    if record is None:
        return f"Report: {page}" if page.exists() else ""
    ids = [id_ for id_ in graph.results if id_ in set(record["results"])]
    if ids != record["results"] or asked(graph, ids) != record["asked"]:
        return f"Report on results of earlier settings: {page}"
    found, all_ = (sum(len(graph.results[id_]) for id_ in some) for some in (ids, graph.results))
    many = f"all {all_}" if found == all_ else f"{found} of {all_}"
    return f"Report on {many} files of results: {page}"


def _record(folder: Path) -> dict[str, Any] | None:
    """What the report is a report on; None if there is none, or nothing says."""
    try:
        return read_json(folder / RECORD) if (folder / REPORT / "index.html").exists() else None
    except (OSError, ValueError):
        return None
